import numpy as np
import torch

from presage.recipes.ranking.hrnn.gru import Gru, to_sigmoid


def test_a_step_is_torch_s_step():
    torch.manual_seed(0)
    cell, seen, state = torch.nn.GRUCell(5, 5), torch.randn(7, 5), torch.randn(7, 5)
    read, keep, read_bias, keep_bias = (part.detach().numpy() for part in cell.parameters())
    gru = Gru(
        read=read.T,
        keep=keep.T,
        bias=read_bias + np.append(keep_bias[:10], np.zeros(5, np.float32)),
        new_bias=keep_bias[10:],
    )
    stepped = gru.step(gru.gates(seen.numpy()), state.numpy())
    np.testing.assert_allclose(stepped, cell(seen, state).detach().numpy(), atol=1e-6)
    assert stepped.dtype == np.float32


def test_the_sigmoid_is_flat_far_out():
    np.testing.assert_allclose(to_sigmoid(np.array([-1e30, 0, 1e30], np.float32)), [0, 0.5, 1])
