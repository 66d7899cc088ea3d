import numpy as np
import torch

from presage.recipes.ranking.gru import Gru, sigmoid


def test_a_step_is_torch_s_step():
    torch.manual_seed(0)
    cell, seen, state = torch.nn.GRUCell(5, 5), torch.randn(7, 5), torch.randn(7, 5)
    parts = (cell.weight_ih.T, cell.bias_ih, cell.weight_hh.T, cell.bias_hh)
    read, read_bias, keep, keep_bias = (part.detach().numpy() for part in parts)
    gru = Gru(read=read, read_bias=read_bias, keep=keep, keep_bias=keep_bias)
    stepped = gru.step(gru.gates(seen.numpy()), state.numpy())
    np.testing.assert_allclose(stepped, cell(seen, state).detach().numpy(), atol=1e-6)
    assert stepped.dtype == np.float32


def test_the_sigmoid_is_flat_far_out():
    np.testing.assert_allclose(sigmoid(np.array([-1e30, 0, 1e30], np.float32)), [0, 0.5, 1])
