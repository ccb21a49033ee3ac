#!/usr/bin/env python3
"""Runs one case of Stable Diffusion 1.5 on the CPU in PyTorch, eager and float32, and prints what was measured as one line of JSON.

    torch_bench.py CASE --model DIR --inputs FILE.safetensors [OPTION...]
    torch_bench.py check --cases DIR [--model DIR]

`bench/reference/run` calls it once for every case, beside io.github.cones4j.bench.reference.ModelBench, which knows the same cases by the same
names, takes the same inputs and measures in the same way. `check` compares the models with stored outputs of diffusers and transformers, so
that what is timed is the right thing.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time

import torch
from safetensors.torch import load_file, save_file

from torch_models import UNET_PARAMETERS, ClipText, UNet, Vae, load, make

FILES = {
    UNet: "unet/diffusion_pytorch_model.safetensors",
    Vae: "vae/diffusion_pytorch_model.safetensors",
    ClipText: "text_encoder/model.safetensors",
}
EVERY = 0.02  # seconds between two looks at the memory
LONG = 5  # seconds from which one run more is enough to warm up
STEP_SIZE = 1e-6


class PeakMemory:
    """The largest memory seen of this process; nothing where the system does not say.

    anonymous_bytes: the process's own; mapped_bytes: pages of files; needed_bytes: the process's own with those weights that are pages of their
    file, which every run reads.
    """

    def __init__(self):
        self.peak = {}
        self.weights = 0
        self.begin = self.status().get("RssFile", 0)
        threading.Thread(target=self.watch, daemon=True).start()

    @staticmethod
    def status():
        try:
            with open("/proc/self/status") as status:
                lines = [line.split() for line in status if line.startswith(("RssAnon", "RssFile"))]
            return {name.rstrip(":"): int(kib) << 10 for name, kib, _ in lines}
        except OSError:
            return {}

    def look(self):
        status = self.status()
        if status:
            anonymous, mapped = status["RssAnon"], status["RssFile"]
            now = dict(
                anonymous_bytes=anonymous, mapped_bytes=mapped, needed_bytes=anonymous + min(max(mapped - self.begin, 0), self.weights)
            )
            self.peak = {name: max(value, self.peak.get(name, 0)) for name, value in now.items()}

    def watch(self):
        while True:
            self.look()
            time.sleep(EVERY)

    def figures(self):
        self.look()
        return self.peak


def key_value(key):
    return "attn2.to_k" in key or "attn2.to_v" in key


class Case:
    """A model and what is run of it."""

    def __init__(self, args):
        name = args.case.removesuffix("-float16")
        self.kind = Vae if name.startswith("vae") else ClipText if name == "text" else UNet
        self.file = os.path.join(args.model, FILES[self.kind])
        self.model = load(self.kind, self.file, args.load == "mapped")
        mapped = {p.data_ptr() for p in self.model.parameters()} if args.load == "mapped" and "float16" not in args.case else set()
        self.inputs = {
            key.removeprefix(name + "."): value for key, value in load_file(args.inputs).items() if key.startswith(name + ".")
        }
        if args.how.startswith("channels_last"):
            self.model = self.model.to(memory_format=torch.channels_last)
            for key, value in self.inputs.items():
                if value.dim() == 4:
                    self.inputs[key] = value.contiguous(memory_format=torch.channels_last)
        self.mapped = sum(p.nbytes for p in self.model.parameters() if p.data_ptr() in mapped)
        self.wanted = {}
        if name.startswith("grad"):
            self.wanted = {k: p for k, p in self.model.named_parameters() if "all" in name or key_value(k)}
            for p in self.wanted.values():
                p.requires_grad_(True)
            self.optimizer = torch.optim.SGD(self.wanted.values(), lr=STEP_SIZE)
        self.name = name

    def run(self):
        """One run; the result."""
        if self.wanted:
            loss = self.loss()
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            return {"loss": loss.detach()}
        with torch.no_grad():
            return {"out": self.forward()}

    def forward(self):
        i = self.inputs
        match self.name:
            case "text":
                return self.model(i["ids"])
            case "vae-decode":
                return self.model.decode(i["latent"])
            case "vae-encode":
                return self.model.encode(i["image"])
        return self.model(i["sample"], i["timestep"], i["text"])

    def loss(self):
        return ((self.forward() - self.inputs["target"]) ** 2).mean()

    def outputs(self):
        """What is compared: the result; of gradients those of K and V, and the norm of every one."""
        if not self.wanted:
            return self.run()
        self.model.load_state_dict(load_file(self.file))
        loss = self.loss()
        loss.backward()
        found = {"loss": loss.detach()}
        for key, p in self.wanted.items():
            if key_value(key):
                found["grad." + key] = p.grad
            found["norm." + key] = p.grad.double().norm().float()
        return found


def measure(args):
    torch.set_num_threads(args.threads)
    memory = PeakMemory()
    case = Case(args)
    memory.weights = case.mapped
    loaded = time.time()
    run = case.run
    begin = time.perf_counter()
    run()
    first = time.perf_counter() - begin
    figures = dict(first=first)
    if args.started:
        figures.update(loaded=loaded - args.started, startup=time.time() - args.started)
    begin, warm = time.perf_counter(), 1
    while warm < (2 if first > LONG else 3) or time.perf_counter() - begin < args.warm:
        run()
        warm += 1
    seconds, begin = [], time.perf_counter()
    while len(seconds) < args.runs or time.perf_counter() - begin < args.seconds:
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    figures.update(seconds=statistics.median(seconds), least=min(seconds), warm=warm, runs=len(seconds), **memory.figures())
    if args.outputs:
        save_file({key: value.contiguous() for key, value in (case.outputs() if case.wanted else result).items()}, args.outputs)
    print(
        json.dumps(
            dict(by="pytorch", case=args.case, threads=args.threads, round=args.round, how=args.how, load=args.load)
            | figures
            | dict(version=torch.__version__, vector=torch.backends.cpu.get_cpu_capability())
        ),
        flush=True,
    )


def error(x, y):
    return float((x.double() - y.double()).norm() / y.double().norm())


def check(args):
    """Errors beside stored outputs, and gradients of K and V by the 64 stored elements of each."""
    torch.set_num_threads(args.threads)
    stored = lambda name: load_file(os.path.join(args.cases, name + ".safetensors"))
    made = lambda kind: load(kind, os.path.join(args.model, FILES[kind])) if args.model else make(kind, "cpu", "float32", True)
    found = {}
    with torch.no_grad():
        case = stored("text")
        found["text encoder"] = error(made(ClipText)(case["ids"]), case["last_hidden_state"])
        case, vae = stored("vae_32x32"), made(Vae)
        found["VAE decode"] = error(vae.decode(case["latent"]), case["decoded"])
        found["VAE encode"] = error(vae.encode(case["image"]), case["moments"])
        del vae
        case, unet = stored("unet_32x32"), made(UNet)
        found["UNet"] = error(unet(case["sample"], case["timestep"], case["encoder_hidden_states"]), case["out64"])
    count = sum(p.numel() for p in unet.parameters())
    case = stored("grad_32x32")
    wanted = {key: p.requires_grad_() for key, p in unet.named_parameters() if key_value(key)}
    loss = ((unet(case["sample"], case["timestep"], case["encoder_hidden_states"]) - case["target"]) ** 2).mean()
    loss.backward()
    found["loss"] = error(loss.detach(), case["loss"])
    found["K/V gradients"] = max(
        error(p.grad.flatten()[torch.arange(64) * 2654435761 % p.numel()], case[key + ".at"]) for key, p in wanted.items()
    )
    print(json.dumps(dict(by="pytorch", case="check", unet_parameters=count, errors=found)))
    if count != UNET_PARAMETERS or not all(e < 1e-4 for e in found.values()):
        sys.exit("the models that are timed are not Stable Diffusion 1.5's")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case")
    parser.add_argument("--model", help="folder in the layout of diffusers")
    parser.add_argument("--inputs")
    parser.add_argument("--outputs", help="file to write results to, for comparison")
    parser.add_argument("--cases", help="folder of stored outputs, for check")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3, help="at least so many are measured")
    parser.add_argument("--seconds", type=float, default=1.0, help="and so long")
    parser.add_argument("--warm", type=float, default=1.0, help="seconds to warm up, beside the least of two more runs")
    parser.add_argument("--round", type=int, default=1)
    parser.add_argument(
        "--how",
        choices=["contiguous", "channels_last", "contiguous,kept", "channels_last,kept"],
        default="contiguous",
        help="memory order of pictures; kept: whoever starts this has told malloc by the environment to keep what is freed",
    )
    parser.add_argument("--load", choices=["copied", "mapped"], default="mapped")
    parser.add_argument("--started", type=float, help="when the process was started, in seconds since 1970")
    args = parser.parse_args()
    check(args) if args.case == "check" else measure(args)


if __name__ == "__main__":
    main()
