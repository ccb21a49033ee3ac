#!/usr/bin/env python3
"""Times Stable Diffusion 1.5 in PyTorch, eager, on the machine's GPU: what Cones4J is compared with.

    torch_reference.py --out FILE.jsonl [SECTION...]      sections: rates kernels unet vae grad image check; default: all but check

Writes one JSON object per measurement, and prints it as it comes. The models are those of torch_models.py, with random weights
(--synthetic: weights by the formula of Cones4J's SyntheticWeights).

dtype float32 is exact float32 (TF32 off everywhere); tf32 is float32 with TF32 allowed in products and convolutions; float16, bfloat16
hold weights and activations in 16 bits.

`check` compares the UNet with a stored case of the full-size model (--case unet_32x32.safetensors), so that what is timed is the right thing.
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference")]  # in a bundle: beside this file
from torch_models import DTYPES, UNET_PARAMETERS, UNet, Vae, make


# Measuring


class Bench:
    def __init__(self, args):
        self.args = args
        self.device = torch.device(args.device)
        self.file = open(args.out, "a") if args.out else None

    def sync(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def record(self, section, name, dtype, **figures):
        row = dict(by="pytorch", section=section, name=name, dtype=dtype, device=self.name(), torch=torch.__version__, **figures)
        text = json.dumps(row)
        print(text, flush=True)
        if self.file:
            self.file.write(text + "\n")
            self.file.flush()

    def name(self):
        return torch.cuda.get_device_name(0) if self.device.type == "cuda" else "cpu"

    def time(self, run, section, name, dtype, **figures):
        """Seconds of one run: the median of those that fit into the time, each waited for."""
        tf32 = dtype == "tf32"
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        begin = time.perf_counter()
        run()
        self.sync()
        first = time.perf_counter() - begin
        for _ in range(2 if first < 5 else 0):
            run()
        self.sync()
        seconds, begin = [], time.perf_counter()
        while not seconds or (time.perf_counter() - begin < self.args.seconds and len(seconds) < 50):
            start = time.perf_counter()
            run()
            self.sync()
            seconds.append(time.perf_counter() - start)
        if self.device.type == "cuda":
            figures["peak_bytes"] = torch.cuda.max_memory_allocated()
        flop = figures.get("flop")
        median = statistics.median(seconds)
        if flop:
            figures["tflops"] = flop / median / 1e12
        self.record(section, name, dtype, seconds=median, least=min(seconds), first=first, runs=len(seconds), **figures)

    def random(self, *shape, dtype="float32"):
        return torch.randn(*shape, device=self.device, dtype=DTYPES[dtype])


def rates(bench):
    """What the card does at best: a copy, and products of large matrices."""
    n = 1 << (28 if bench.device.type == "cuda" else 24)
    a, b = bench.random(n), bench.random(n)
    bench.time(lambda: b.copy_(a), "rates", f"copy of {4 * n >> 20} MiB", "float32", bytes=8 * n)
    n = 8192 if bench.device.type == "cuda" else 1024
    for dtype in bench.args.dtypes:
        x, y = bench.random(n, n, dtype=dtype), bench.random(n, n, dtype=dtype)
        bench.time(lambda: x @ y, "rates", f"product {n} x {n} x {n}", dtype, flop=2 * n**3)


def kernels(bench):
    """The products, convolutions, attentions and norms of the UNet, by themselves."""
    for dtype in bench.args.dtypes:
        for m, n, k in [(4096, 320, 320), (4096, 2560, 320), (4096, 320, 1280), (1024, 640, 640), (256, 1280, 1280), (77, 320, 768)]:
            x, w = bench.random(m, k, dtype=dtype), bench.random(n, k, dtype=dtype)
            bench.time(lambda: F.linear(x, w), "kernels", f"linear {m} x {k} -> {n}", dtype, flop=2 * m * n * k)
        for side, inner, outer in [(64, 320, 320), (32, 640, 640), (16, 1280, 1280), (8, 1280, 1280), (64, 640, 320), (512, 128, 128)]:
            x, w = bench.random(1, inner, side, side, dtype=dtype), bench.random(outer, inner, 3, 3, dtype=dtype)
            flop = 2 * 9 * inner * outer * side * side
            bench.time(lambda: F.conv2d(x, w, padding=1), "kernels", f"conv3x3 {side} x {side}, {inner} -> {outer}", dtype, flop=flop)
        for n, t, heads, width in [(4096, 4096, 8, 40), (1024, 1024, 8, 80), (256, 256, 8, 160), (4096, 77, 8, 40), (4096, 4096, 1, 512)]:
            q = bench.random(1, heads, n, width, dtype=dtype)
            k, v = (bench.random(1, heads, t, width, dtype=dtype) for _ in range(2))
            name = f"attention {n} x {t}, {heads} heads of {width}"
            bench.time(lambda: F.scaled_dot_product_attention(q, k, v), "kernels", name, dtype, flop=4 * n * t * heads * width)
        x, g = bench.random(1, 320, 64, 64, dtype=dtype), bench.random(320, dtype=dtype)
        bench.time(lambda: F.silu(F.group_norm(x, 32, g, g)), "kernels", "group norm and silu 64 x 64, 320", dtype)
        x = bench.random(4096, 320, dtype=dtype)
        bench.time(lambda: F.layer_norm(x, (320,), g, g), "kernels", "layer norm 4096 x 320", dtype)


def unet(bench):
    for dtype in bench.args.dtypes:
        model = make(UNet, bench.device, dtype, bench.args.synthetic)
        for batch in bench.args.batches:
            side = bench.args.side
            x, c = bench.random(batch, 4, side, side, dtype=dtype), bench.random(batch, 77, 768, dtype=dtype)
            t = torch.full((batch,), 481, device=bench.device)
            with torch.no_grad():
                bench.time(lambda: model(x, t, c), "unet", f"UNet {side} x {side}, batch {batch}", dtype)
        if dtype == "float16" and bench.device.type == "cuda":
            model = model.to(memory_format=torch.channels_last)
            for batch in bench.args.batches:
                x = bench.random(batch, 4, side, side, dtype=dtype).to(memory_format=torch.channels_last)
                c, t = bench.random(batch, 77, 768, dtype=dtype), torch.full((batch,), 481, device=bench.device)
                with torch.no_grad():
                    bench.time(lambda: model(x, t, c), "unet", f"UNet {side} x {side}, batch {batch}, channels last", dtype)
        del model


def vae(bench):
    for dtype in bench.args.dtypes:
        model = make(Vae, bench.device, dtype, bench.args.synthetic)
        side = bench.args.side
        x = bench.random(1, 4, side, side, dtype=dtype)
        with torch.no_grad():
            bench.time(lambda: model.decode(x), "vae", f"VAE decode {side} x {side}", dtype)
        del model


def grad(bench):
    """The gradient of mean((unet - target)^2) with respect to the cross-attention's K and V weights."""
    for dtype in bench.args.dtypes:
        model = make(UNet, bench.device, dtype, bench.args.synthetic)
        wanted = [p for key, p in model.named_parameters() if "attn2.to_k" in key or "attn2.to_v" in key]
        for p in wanted:
            p.requires_grad_(True)
        for side in [int(wish.rstrip("r")) for wish in (bench.args.grads or str(bench.args.side)).split(",")]:
            x, c = bench.random(1, 4, side, side, dtype=dtype), bench.random(1, 77, 768, dtype=dtype)
            target, t = bench.random(1, 4, side, side, dtype=dtype), torch.full((1,), 481, device=bench.device)

            def run():
                loss = ((model(x, t, c) - target).float() ** 2).mean()
                torch.autograd.grad(loss, wanted)

            bench.time(run, "grad", f"K/V gradient {side} x {side}", dtype)
        del model


def image(bench):
    """50 steps of DDIM with guidance from embeddings to a picture, text encoder left out (it is run once, and small)."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alphas = torch.cumprod(1 - betas, 0)
    for dtype in bench.args.dtypes:
        model = make(UNet, bench.device, dtype, bench.args.synthetic)
        decoder = make(Vae, bench.device, dtype, bench.args.synthetic)
        side = bench.args.side
        c = bench.random(2, 77, 768, dtype=dtype)
        noise = bench.random(1, 4, side, side, dtype=dtype)

        @torch.no_grad()
        def run():
            x = noise
            for i in range(50):
                step = 981 - 20 * i
                t = torch.full((2,), step, device=bench.device)
                without, with_text = model(torch.cat([x, x]), t, c).chunk(2)
                e = without + 7.5 * (with_text - without)
                a, b = float(alphas[step]), float(alphas[step - 20]) if step >= 20 else float(alphas[0])
                x0 = (x - (1 - a) ** 0.5 * e) / a**0.5
                x = b**0.5 * x0 + (1 - b) ** 0.5 * e
            return decoder.decode(x / 0.18215).float().cpu()

        bench.time(run, "image", f"50 steps and decode {side} x {side}, guidance", dtype)
        del model, decoder


def check(bench):
    from safetensors.torch import load_file

    case = load_file(bench.args.case)
    model = make(UNet, bench.device, "float32", True)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    with torch.no_grad():
        y = model(
            case["sample"].to(bench.device), case["timestep"].to(bench.device), case["encoder_hidden_states"].to(bench.device)
        )
    right = case["out64"].double()
    error = float((y.cpu().double() - right).norm() / right.norm())
    bench.record("check", "UNet beside the stored case " + os.path.basename(bench.args.case), "float32", error=error)
    if not error < 1e-5:
        sys.exit(f"the UNet that is timed is off by {error}")


def main():
    sections = dict(rates=rates, kernels=kernels, unet=unet, vae=vae, grad=grad, image=image, check=check)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", help=" ".join(sections))
    parser.add_argument("--out")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtypes", default="float32,tf32,float16")
    parser.add_argument("--batches", default="1,2,8")
    parser.add_argument("--side", type=int, default=64, help="of the latents")
    parser.add_argument("--grads", help="sides of the latents of gradients; default: that of --side")
    parser.add_argument("--seconds", type=float, default=1.0, help="that each measurement may take after warming up")
    parser.add_argument("--synthetic", action="store_true")
    parser.add_argument("--case")
    args = parser.parse_args()
    args.dtypes = args.dtypes.split(",")
    args.batches = [int(b) for b in args.batches.split(",")]
    for section in args.sections:
        if section not in sections:
            parser.error(f"no section {section}; there are {', '.join(sections)}")
    with torch.device("meta"):
        count = sum(p.numel() for p in UNet().parameters())
    if count != UNET_PARAMETERS:
        sys.exit(f"the UNet has {count} parameters, should have {UNET_PARAMETERS}")
    bench = Bench(args)
    for section in args.sections or [s for s in sections if s != "check"]:
        try:
            sections[section](bench)
        except torch.OutOfMemoryError as e:
            bench.record(section, section, "", error=str(e).split("\n")[0])
        if bench.device.type == "cuda":
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
