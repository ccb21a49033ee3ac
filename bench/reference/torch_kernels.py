#!/usr/bin/env python3
"""Times in PyTorch on the CPU what `KernelRun --list` lists, in float32: one JSON object per row, under the same name.

    KernelRun --list | torch_kernels.py --out FILE.jsonl [--threads N] [--seconds S]

A time is the median of the runs that fit into S seconds after warming up. Nothing is recorded for gradients: those of layers are the functions
that autograd calls, that of attention is taken through a graph that is kept. Convolutions are timed with pictures and weights as they are by
default and with channels last; the faster counts. Weights have the order in which a module keeps them. Rows that PyTorch has no counterpart to (packing)
are left out.
"""

import argparse
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

GROUPS, EPS = 32, 1e-5


def rand(*dims):
    return torch.rand(*dims) * 0.1 - 0.05


def channels_last(*tensors):
    return [t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t for t in tensors]


def both_layouts(run, *tensors):
    last = channels_last(*tensors)
    return {"channels first": lambda: run(*tensors), "channels last": lambda: run(*last)}


def convolution(kind, side, inner, outer, kernel, stride):
    padding, out = kernel // 2, (side - 1) // stride + 1
    x, w, b, dy = rand(1, inner, side, side), rand(outer, inner, kernel, kernel), rand(outer), rand(1, outer, out, out)
    if kind == "CONV":
        return both_layouts(lambda x, w: F.conv2d(x, w, b, stride, padding), x, w)
    mask = [kind == "CONV_GRAD_INPUT", kind == "CONV_GRAD_WEIGHT", False]
    backward = torch.ops.aten.convolution_backward
    return both_layouts(
        lambda dy, x, w: backward(dy, x, w, None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, mask), dy, x, w
    )


def attention(kind, queries, keys, heads, width):
    # as in a model: the heads lie side by side in each row
    q, k, v = (rand(1, n, heads * width).view(1, n, heads, width).transpose(1, 2) for n in (queries, keys, keys))
    if kind != "ATTENTION_GRAD":
        return {"": lambda: F.scaled_dot_product_attention(q, k, v, is_causal=kind == "ATTENTION_CAUSAL")}
    q, k, v = (t.detach().requires_grad_() for t in (q, k, v))
    with torch.enable_grad():
        y = F.scaled_dot_product_attention(q, k, v)
    dy = rand(1, queries, heads * width).view(1, queries, heads, width).transpose(1, 2)
    return {"": lambda: torch.autograd.grad(y, (q, k, v), dy, retain_graph=True)}


def group_norm(kind, side, channels):
    x, dy, gain, bias = rand(1, channels, side, side), rand(1, channels, side, side), rand(channels), rand(channels)
    if kind == "GROUP_NORM_SILU":
        return both_layouts(lambda x: F.silu(F.group_norm(x, GROUPS, gain, bias, EPS)), x)

    def gradient(x, dy):
        return torch.ops.aten.native_group_norm_backward(
            dy, x, means[0], means[1], gain, 1, channels, side * side, GROUPS, [True, True, True]
        )

    _, *means = torch.ops.aten.native_group_norm(x, gain, bias, 1, channels, side * side, GROUPS, EPS)
    return both_layouts(gradient, x, dy)


def layer_norm(kind, rows, channels):
    x, dy, gain, bias = rand(rows, channels), rand(rows, channels), rand(channels), rand(channels)
    if kind == "LAYER_NORM":
        return {"": lambda: F.layer_norm(x, (channels,), gain, bias, EPS)}
    _, mean, rstd = torch.ops.aten.native_layer_norm(x, (channels,), gain, bias, EPS)
    return {"": lambda: torch.ops.aten.native_layer_norm_backward(dy, x, (channels,), mean, rstd, gain, bias, [True, True, True])}


def adamw(rows, channels):
    w = torch.nn.Parameter(rand(rows, channels))
    w.grad = rand(rows, channels)
    steps = {name: torch.optim.AdamW([w], lr=1e-5, **{name: True}).step for name in ("fused", "foreach")}
    return steps


def variants(kind, sizes):
    """What to time, by what it is called; of several the fastest counts. None where PyTorch has no such thing."""
    if kind.startswith("CONV_") or kind == "CONV":
        return convolution(kind, *sizes)
    if kind.startswith("ATTENTION"):
        return attention(kind, *sizes)
    if kind.startswith("GROUP_NORM"):
        return group_norm(kind, *sizes)
    if kind.startswith("LAYER_NORM"):
        return layer_norm(kind, *sizes)
    if kind.startswith("LINEAR"):
        m, k, n = sizes
        x, w, b, dy = rand(m, k), rand(n, k), rand(n), rand(m, n)
        if kind == "LINEAR":
            return {"": lambda: F.linear(x, w, b)}
        return {"": lambda: dy @ w} if kind == "LINEAR_GRAD_INPUT" else {"": lambda: dy.t() @ x}
    if kind.startswith("PRODUCT"):
        batch, m, k, n = sizes
        a, b, c = rand(batch, m, k), rand(batch, k, n), rand(batch, n, k)
        return {"": lambda: torch.bmm(a, b)} if kind == "PRODUCT" else {"": lambda: torch.bmm(a, c.transpose(1, 2))}
    if kind == "GATHER":
        m, k, n = sizes
        table, ids = rand(k, n), torch.arange(m) * 631 % k
        return {"": lambda: F.embedding(ids, table)}
    if kind in ("UPSAMPLE", "CONCAT", "PERMUTE"):
        side, channels = sizes
        x, y = rand(1, channels, side, side), rand(1, channels, side, side)
        return {
            "UPSAMPLE": lambda: both_layouts(lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), x),
            "CONCAT": lambda: both_layouts(lambda x, y: torch.cat([x, y], dim=1), x, y),
            "PERMUTE": lambda: {"": lambda: x.contiguous(memory_format=torch.channels_last)},
        }[kind]()
    rows, channels = sizes if len(sizes) == 2 else (0, 0)
    x, y = rand(rows, channels), rand(rows, channels)
    if kind == "GEGLU":
        z = rand(rows, 2 * channels)

        def geglu():
            h, gate = z.chunk(2, dim=-1)
            return h * F.gelu(gate)

        return {"": geglu}
    return {
        "SOFTMAX": {"": lambda: F.softmax(x, -1)},
        "SILU": {"": lambda: F.silu(x)},
        "ADD": {"": lambda: x + y},
        "SUM": {"": lambda: x.sum(0)},
        "ADAMW": adamw(rows, channels) if kind == "ADAMW" else None,
    }.get(kind)


def median(run, seconds):
    """Milliseconds of one call. Short calls are timed in groups, so that the clock does not count."""
    begin = time.perf_counter()
    run()
    once = max(time.perf_counter() - begin, 1e-7)
    end = time.perf_counter() + seconds / 2
    group = 1
    while time.perf_counter() < end:  # warm up
        begin = time.perf_counter()
        run()
        once = min(once, max(time.perf_counter() - begin, 1e-7))
    group = max(1, int(1e-3 / once))
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        begin = time.perf_counter()
        for _ in range(group):
            run()
        times.append((time.perf_counter() - begin) / group)
    return 1e3 * statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, default=0.5)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = [json.loads(line) for line in sys.stdin if line.startswith("{")]
    with open(args.out, "a", encoding="utf-8") as out, torch.no_grad():
        for row in rows:
            found = variants(row["kind"], row["sizes"])
            if not found:
                continue
            line = {"by": "pytorch", "threads": args.threads, "name": row["name"], "version": torch.__version__}
            times = {name: median(run, args.seconds) for name, run in found.items()}
            name = min(times, key=times.get)
            line["ms"] = times[name]
            if name:
                line["variant"] = name
            print(json.dumps(line), flush=True)
            out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
