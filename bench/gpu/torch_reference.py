#!/usr/bin/env python3
"""Times Stable Diffusion 1.5 in PyTorch, eager, on the machine's GPU: what Cones4J is compared with.

    torch_reference.py --out FILE.jsonl [SECTION...]      sections: rates kernels unet vae grad image check; default: all but check

Writes one JSON object per measurement, and prints it as it comes. UNet and decoder are written out in plain torch modules under the key
names of diffusers, with random weights (--synthetic: weights by the formula of Cones4J's SyntheticWeights). Attention is torch's
scaled_dot_product_attention, as in diffusers.

dtype float32 is exact float32 (TF32 off everywhere); tf32 is float32 with TF32 allowed in products and convolutions; float16, bfloat16
hold weights and activations in 16 bits.

`check` compares the UNet with a stored case of the full-size model (--case unet_32x32.safetensors), so that what is timed is the right thing.
"""

import argparse
import json
import math
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

DTYPES = {"float32": torch.float32, "tf32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
UNET_PARAMETERS = 859_520_964


# The UNet


class Timesteps(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channels = channels

    def forward(self, t):
        half = self.channels // 2
        frequencies = torch.exp(torch.arange(half, device=t.device, dtype=torch.float32) * (-math.log(10000) / half))
        angles = t.float()[:, None] * frequencies[None]
        return torch.cat([angles.cos(), angles.sin()], dim=1)


class TimestepEmbedding(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.linear_1 = nn.Linear(channels, width)
        self.linear_2 = nn.Linear(width, width)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class ResnetBlock(nn.Module):
    def __init__(self, inner, outer, time=1280, eps=1e-5):
        super().__init__()
        self.norm1 = nn.GroupNorm(32, inner, eps)
        self.conv1 = nn.Conv2d(inner, outer, 3, padding=1)
        if time:
            self.time_emb_proj = nn.Linear(time, outer)
        self.norm2 = nn.GroupNorm(32, outer, eps)
        self.conv2 = nn.Conv2d(outer, outer, 3, padding=1)
        if inner != outer:
            self.conv_shortcut = nn.Conv2d(inner, outer, 1)

    def forward(self, x, t=None):
        h = self.conv1(F.silu(self.norm1(x)))
        if t is not None:
            h = h + self.time_emb_proj(F.silu(t))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x) + h


class Attention(nn.Module):
    def __init__(self, width, heads, context=None):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context or width, width, bias=False)
        self.to_v = nn.Linear(context or width, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x, context=None):
        context = x if context is None else context
        b, n, width = x.shape
        q, k, v = (
            y.view(b, -1, self.heads, width // self.heads).transpose(1, 2)
            for y in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        y = F.scaled_dot_product_attention(q, k, v)
        return self.to_out[0](y.transpose(1, 2).reshape(b, n, width))


class GEGLU(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.proj = nn.Linear(width, 8 * width)

    def forward(self, x):
        h, gate = self.proj(x).chunk(2, dim=-1)
        return h * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = nn.ModuleList([GEGLU(width), nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, x):
        return self.net[2](self.net[0](x))


class TransformerBlock(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn1 = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.attn2 = Attention(width, heads, context)
        self.norm3 = nn.LayerNorm(width)
        self.ff = FeedForward(width)

    def forward(self, x, context):
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class Transformer2D(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.norm = nn.GroupNorm(32, width, 1e-6)
        self.proj_in = nn.Conv2d(width, width, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(width, heads, context)])
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, x, context):
        b, c, h, w = x.shape
        y = self.proj_in(self.norm(x)).permute(0, 2, 3, 1).reshape(b, h * w, c)
        y = self.transformer_blocks[0](y, context)
        return self.proj_out(y.reshape(b, h, w, c).permute(0, 3, 1, 2).contiguous()) + x


class Downsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x):
        return self.conv(x)


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class DownBlock(nn.Module):
    def __init__(self, inner, outer, attention, last, heads=8, context=768):
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(inner if i == 0 else outer, outer) for i in range(2)])
        if attention:
            self.attentions = nn.ModuleList([Transformer2D(outer, heads, context) for _ in range(2)])
        if not last:
            self.downsamplers = nn.ModuleList([Downsample(outer)])

    def forward(self, x, t, context, skips):
        for i, resnet in enumerate(self.resnets):
            x = resnet(x, t)
            if hasattr(self, "attentions"):
                x = self.attentions[i](x, context)
            skips.append(x)
        if hasattr(self, "downsamplers"):
            x = self.downsamplers[0](x)
            skips.append(x)
        return x


class MidBlock(nn.Module):
    def __init__(self, width, heads=8, context=768):
        super().__init__()
        self.attentions = nn.ModuleList([Transformer2D(width, heads, context)])
        self.resnets = nn.ModuleList([ResnetBlock(width, width) for _ in range(2)])

    def forward(self, x, t, context):
        return self.resnets[1](self.attentions[0](self.resnets[0](x, t), context), t)


class UpBlock(nn.Module):
    def __init__(self, inputs, outer, attention, last, heads=8, context=768):
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(inner, outer) for inner in inputs])
        if attention:
            self.attentions = nn.ModuleList([Transformer2D(outer, heads, context) for _ in range(3)])
        if not last:
            self.upsamplers = nn.ModuleList([Upsample(outer)])

    def forward(self, x, t, context, skips):
        for i, resnet in enumerate(self.resnets):
            x = resnet(torch.cat([x, skips.pop()], dim=1), t)
            if hasattr(self, "attentions"):
                x = self.attentions[i](x, context)
        return self.upsamplers[0](x) if hasattr(self, "upsamplers") else x


class UNet(nn.Module):
    """Stable Diffusion 1.5's UNet2DConditionModel."""

    def __init__(self):
        super().__init__()
        c = [320, 640, 1280, 1280]
        self.time_proj = Timesteps(c[0])
        self.time_embedding = TimestepEmbedding(c[0], 4 * c[0])
        self.conv_in = nn.Conv2d(4, c[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            [DownBlock(c[max(i - 1, 0)], c[i], attention=i < 3, last=i == 3) for i in range(4)]
        )
        self.mid_block = MidBlock(c[3])
        skips = [c[0]]
        for i in range(4):
            skips += [c[i]] * (2 if i == 3 else 3)
        blocks, below = [], c[3]
        for i, outer in enumerate(reversed(c)):
            inputs = [(below if j == 0 else outer) + skips.pop() for j in range(3)]
            blocks.append(UpBlock(inputs, outer, attention=i > 0, last=i == 3))
            below = outer
        self.up_blocks = nn.ModuleList(blocks)
        self.conv_norm_out = nn.GroupNorm(32, c[0], 1e-5)
        self.conv_out = nn.Conv2d(c[0], 4, 3, padding=1)

    def forward(self, sample, timestep, context):
        t = self.time_embedding(self.time_proj(timestep).to(sample.dtype))
        x = self.conv_in(sample)
        skips = [x]
        for block in self.down_blocks:
            x = block(x, t, context, skips)
        x = self.mid_block(x, t, context)
        for block in self.up_blocks:
            x = block(x, t, context, skips)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


# The decoder of the autoencoder


class VaeAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.group_norm = nn.GroupNorm(32, width, 1e-6)
        self.to_q = nn.Linear(width, width)
        self.to_k = nn.Linear(width, width)
        self.to_v = nn.Linear(width, width)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.group_norm(x).view(b, c, h * w).transpose(1, 2)
        q, k, v = (z.unsqueeze(1) for z in (self.to_q(y), self.to_k(y), self.to_v(y)))
        y = self.to_out[0](F.scaled_dot_product_attention(q, k, v).squeeze(1))
        return y.transpose(1, 2).reshape(b, c, h, w) + x


class VaeMidBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.attentions = nn.ModuleList([VaeAttention(width)])
        self.resnets = nn.ModuleList([ResnetBlock(width, width, None, 1e-6) for _ in range(2)])

    def forward(self, x):
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class VaeUpBlock(nn.Module):
    def __init__(self, inner, outer, last):
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(inner if i == 0 else outer, outer, None, 1e-6) for i in range(3)])
        if not last:
            self.upsamplers = nn.ModuleList([Upsample(outer)])

    def forward(self, x):
        for resnet in self.resnets:
            x = resnet(x)
        return self.upsamplers[0](x) if hasattr(self, "upsamplers") else x


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        c = [512, 512, 256, 128]
        self.conv_in = nn.Conv2d(4, c[0], 3, padding=1)
        self.mid_block = VaeMidBlock(c[0])
        self.up_blocks = nn.ModuleList([VaeUpBlock(c[max(i - 1, 0)], c[i], i == 3) for i in range(4)])
        self.conv_norm_out = nn.GroupNorm(32, c[3], 1e-6)
        self.conv_out = nn.Conv2d(c[3], 3, 3, padding=1)

    def forward(self, x):
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class Vae(nn.Module):
    """The half of AutoencoderKL that makes pictures."""

    def __init__(self):
        super().__init__()
        self.post_quant_conv = nn.Conv2d(4, 4, 1)
        self.decoder = Decoder()

    def forward(self, latents):
        return self.decoder(self.post_quant_conv(latents))


# Weights


def signed(x):
    x &= (1 << 64) - 1
    return x - (1 << 64) if x >> 63 else x


def synthetic(module, device):
    """The weights of Cones4J's SyntheticWeights, computed on the device."""
    residual = ("conv2.weight", "to_out.0.weight", "ff.net.2.weight", "proj_out.weight", "fc2.weight", "out_proj.weight")

    def shift(z, n):
        return (z >> n) & ((1 << (64 - n)) - 1)

    with torch.no_grad():
        for key, p in module.named_parameters():
            h = 0xCBF29CE484222325
            for byte in key.encode():
                h = ((h ^ byte) * 0x100000001B3) & ((1 << 64) - 1)
            center, bound = 0.0, 0.02
            if p.dim() <= 1 and key.endswith(".weight"):
                center, bound = 1.0, 0.1
            elif p.dim() > 1:
                bound = (0.3 if any(r in key for r in residual) else 1.0) * math.sqrt(3.0 / math.prod(p.shape[1:]))
            i = torch.arange(1, p.numel() + 1, dtype=torch.int64, device=device)
            z = signed(h) + i * signed(0x9E3779B97F4A7C15)
            z = (z ^ shift(z, 30)) * signed(0xBF58476D1CE4E5B9)
            z = (z ^ shift(z, 27)) * signed(0x94D049BB133111EB)
            z = z ^ shift(z, 31)
            s = shift(z, 40).double() * 2.0**-23 - 1.0
            p.copy_((center + bound * s).float().view(p.shape))
    return module


def make(kind, device, dtype, with_synthetic):
    with torch.device("meta"):
        module = kind()
    module = module.to_empty(device=device).eval().requires_grad_(False)
    if with_synthetic:
        synthetic(module, device)
    else:
        generator = torch.Generator(device).manual_seed(1)
        with torch.no_grad():
            for p in module.parameters():
                if p.dim() <= 1:
                    p.normal_(0, 0.02, generator=generator)
                else:
                    p.normal_(0, 0.7 / math.sqrt(math.prod(p.shape[1:])), generator=generator)
    return module.to(DTYPES[dtype])


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
            bench.time(lambda: model(x), "vae", f"VAE decode {side} x {side}", dtype)
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
            return decoder(x / 0.18215).float().cpu()

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
