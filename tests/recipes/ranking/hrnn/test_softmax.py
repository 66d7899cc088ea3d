import torch
from torch.nn.functional import cross_entropy

from presage.recipes.ranking.hrnn.softmax import Choices, sampled_loss


def case(n=6, n_items=5, drawn=(3, 1, 3, 4), d=3):
    torch.manual_seed(0)
    answer, vector, bias = (
        torch.randn(*size, dtype=torch.double, requires_grad=True)
        for size in ((n, d), (n_items, d), (n_items,))
    )
    right, drawn = torch.arange(n) % n_items, torch.tensor(drawn)
    return answer, vector, bias, right, drawn, torch.rand(n, dtype=torch.double)


def choices(item, vector, bias):
    return Choices(item=item, vector=vector[item], bias=bias[item])


def test_the_loss_is_cross_entropy_among_the_right_item_and_others_drawn():
    answer, vector, bias, right, drawn, weight = case()
    loss = sampled_loss(answer, choices(right, vector, bias), choices(drawn, vector, bias), weight)
    expected = 0
    for row, item in enumerate(right):
        among = torch.cat([item[None], drawn[drawn != item]])
        logit = vector[among] @ answer[row] + bias[among]
        expected += weight[row] * cross_entropy(logit[None], torch.tensor([0]))
    torch.testing.assert_close(loss, expected)


def test_the_gradient_is_that_of_the_function():
    *learned, right, drawn, weight = case()

    def loss(answer, vector, bias):
        return sampled_loss(answer, choices(right, vector, bias), choices(drawn, vector, bias), weight)

    assert torch.autograd.gradcheck(loss, learned)


def test_a_hopeless_answer_has_a_finite_loss():
    answer, vector = torch.tensor([[1e4]]), torch.tensor([[-1.0], [1.0]])
    right, drawn = (choices(torch.tensor([item]), vector, torch.zeros(2)) for item in (0, 1))
    assert sampled_loss(answer, right, drawn, torch.ones(1)).isfinite()


def test_among_the_right_item_alone_nothing_is_lost():
    answer, vector, bias, right, drawn, weight = case(n=2, drawn=(0, 0))
    loss = sampled_loss(
        answer[:1], choices(right[:1], vector, bias), choices(drawn, vector, bias), weight[:1]
    )
    assert loss == 0
    assert not any(part.any() for part in torch.autograd.grad(loss, (answer, vector, bias)))
