"""Stable Diffusion 1.5 in plain torch modules under the key names of diffusers and transformers: what Cones4J is compared with.

Attention is torch's scaled_dot_product_attention, as in diffusers. Weights come from `load`, from a formula (`synthetic`), or at random.
"""

import math

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


# The autoencoder


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


class VaeDownsample(nn.Module):
    """Halves; one row and column of zeros at the end alone."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class VaeDownBlock(nn.Module):
    def __init__(self, inner, outer, last):
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(inner if i == 0 else outer, outer, None, 1e-6) for i in range(2)])
        if not last:
            self.downsamplers = nn.ModuleList([VaeDownsample(outer)])

    def forward(self, x):
        for resnet in self.resnets:
            x = resnet(x)
        return self.downsamplers[0](x) if hasattr(self, "downsamplers") else x


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        c = [128, 256, 512, 512]
        self.conv_in = nn.Conv2d(3, c[0], 3, padding=1)
        self.down_blocks = nn.ModuleList([VaeDownBlock(c[max(i - 1, 0)], c[i], i == 3) for i in range(4)])
        self.mid_block = VaeMidBlock(c[3])
        self.conv_norm_out = nn.GroupNorm(32, c[3], 1e-6)
        self.conv_out = nn.Conv2d(c[3], 8, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(x))))


class Vae(nn.Module):
    """Stable Diffusion 1.5's AutoencoderKL."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.quant_conv = nn.Conv2d(8, 8, 1)
        self.post_quant_conv = nn.Conv2d(4, 4, 1)
        self.decoder = Decoder()

    def encode(self, image):
        """Mean and logarithmic variance, one above the other."""
        return self.quant_conv(self.encoder(image))

    def decode(self, latents):
        return self.decoder(self.post_quant_conv(latents))


# The text encoder


class ClipAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x):
        b, n, width = x.shape
        q, k, v = (
            y.view(b, n, self.heads, width // self.heads).transpose(1, 2) for y in (self.q_proj(x), self.k_proj(x), self.v_proj(x))
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(y.transpose(1, 2).reshape(b, n, width))


class ClipMlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))  # quick-GELU


class ClipLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.self_attn = ClipAttention(width, heads)
        self.layer_norm1 = nn.LayerNorm(width)
        self.mlp = ClipMlp(width)
        self.layer_norm2 = nn.LayerNorm(width)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class ClipEmbeddings(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.token_embedding = nn.Embedding(49408, width)
        self.position_embedding = nn.Embedding(77, width)

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]


class ClipEncoder(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.layers = nn.ModuleList([ClipLayer(width, heads) for _ in range(layers)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class ClipTextTransformer(nn.Module):
    def __init__(self, width=768, heads=12, layers=12):
        super().__init__()
        self.embeddings = ClipEmbeddings(width)
        self.encoder = ClipEncoder(width, heads, layers)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, ids):
        return self.final_layer_norm(self.encoder(self.embeddings(ids)))


class ClipText(nn.Module):
    """The text encoder of Stable Diffusion 1.5, CLIP ViT-L/14's."""

    def __init__(self):
        super().__init__()
        self.text_model = ClipTextTransformer()

    def forward(self, ids):
        return self.text_model(ids)


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
            elif key.endswith("embedding.weight"):
                bound = 0.05
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


def load(kind, file, mapped=False):
    """A model in float32 from a safetensors file; mapped: its weights stay pages of the file as far as they are float32."""
    from safetensors.torch import load_file

    with torch.device("meta"):
        module = kind()
    if mapped:
        module.load_state_dict({key: value.float() for key, value in load_file(file).items()}, assign=True)
    else:
        module = module.to_empty(device="cpu")
        module.load_state_dict(load_file(file))
    return module.eval().requires_grad_(False)


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
