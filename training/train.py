"""Train `pocket` to have GoogLeNet's features. README.md has the command and the results."""
import argparse
import math
import os
import time
from pathlib import Path

import numpy as np
import torch

import pictures
from dreams import Dreams
from network import BLOCKS, TAUGHT, Pocket
from optimiser import Muon
from teacher import Teacher

# Later layers have higher weights, because most dreams use them.
LOSS_WEIGHTS = {"strokes": 1.0, "patterns1": 1.0, "patterns2": 1.2, "motifs1": 1.2, "motifs2": 1.5, "motifs3": 3.0,
                "creatures1": 1.5, "creatures2": 1.5, "logits": 1.5}
# End of each phase as a share of the time, with its picture size and batch size.
PHASES = ((0.35, 96, 40), (0.8, 128, 24), (1.0, 192, 12))
FORCED_UNTIL, FREE_FROM = 0.08, 0.3  # teacher's features as inputs of every block, then fewer and fewer
DREAMS_FROM, NORMS_FROZEN_FROM = 0.1, 0.75


class Lesson:
    """Teacher and student on the same pictures, with the teacher's values divided by one number per layer."""

    def __init__(self, student: Pocket, teacher: Teacher):
        self.student, self.teacher = student, teacher
        self.scale = {name: 1.0 for name in TAUGHT}
        self.weight: dict[str, torch.Tensor] = {}

    def taught(self, x: torch.Tensor, until: str = "logits") -> dict[str, torch.Tensor]:
        names = list(TAUGHT)[: list(TAUGHT).index(until) + 1]
        values = self.teacher(x, [TAUGHT[n] for n in names])
        return {n: values[TAUGHT[n]] / self.scale[n] for n in names}

    def seen(self, x: torch.Tensor) -> torch.Tensor:
        return (x / 127.5 - 1).contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def measure(self, batches: list[torch.Tensor]) -> None:
        """The scale of every layer, the weight of every channel, and the initial state of the student's norms."""
        values = [self.taught(x) for x in batches]
        for name in TAUGHT:
            t = torch.cat([v[name] for v in values]).float()
            axes = (0,) if t.dim() == 2 else (0, 2, 3)
            if name == "logits":
                t = t - t.mean(1, keepdim=True)
            self.scale[name] = float(t.std(axes).mean())
            t = t / self.scale[name]
            spread, mean = t.std(axes) + 1e-6, t.mean(axes)
            self.weight[name] = (1 / spread).clamp(max=6).view(1, -1, *[1] * (t.dim() - 2))
            if name == "logits":
                continue
            first = 0
            for norm in self.student.norms(name):
                c = norm.num_features
                norm.weight.copy_(spread[first : first + c] * 1.5)
                norm.bias.copy_(mean[first : first + c] - 0.2 * spread[first : first + c])
                first += c

    def errors(self, said: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Squared error of every layer as a share of the teacher's variance in the picture."""
        out = {}
        for name in TAUGHT:
            s, t, w = said[name].float(), right[name].float(), self.weight[name]
            if name == "logits":
                s, t = s - s.mean(1, keepdim=True), t - t.mean(1, keepdim=True)
            axes = tuple(range(1, t.dim()))
            mean = t.mean((0, 2, 3) if t.dim() == 4 else 0, keepdim=True)
            variance = ((t - mean) ** 2 * w).mean(axes)
            out[name] = (((s - t) ** 2 * w).mean(axes) / (variance + 0.3 * variance.mean())).mean()
        return out

    def features(self, x: torch.Tensor, layer: str, by_teacher: bool) -> torch.Tensor:
        if by_teacher:
            return self.taught(x, layer)[layer]
        self.student.eval()
        return self.student(self.seen(x), until=layer)[layer]

    @torch.no_grad()
    def validate(self, batches: list[torch.Tensor]) -> str:
        self.student.eval()
        total = dict.fromkeys(TAUGHT, 0.0)
        for x in batches:
            for name, error in self.errors(self.student(self.seen(x)), self.taught(x)).items():
                total[name] += float(error) / len(batches)
        return " ".join(f"{v:.3f}" for v in total.values())


def kernels_and_rest(student: Pocket) -> tuple[list, list]:
    kernels = [p for n, p in student.named_parameters() if p.dim() == 4]
    return kernels, [p for n, p in student.named_parameters() if p.dim() != 4]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", type=Path, help="googlenet-bvlc.onnx")
    parser.add_argument("archive", type=Path, help="tiny-imagenet-subset.tar.gz")
    parser.add_argument("--cache", type=Path, default=Path("tiny-imagenet.npy"), help="decoded pictures, made once")
    parser.add_argument("--out", type=Path, default=Path("pocket.pt"), help="checkpoint; a run goes on from it")
    parser.add_argument("--init", type=Path, help="begin with the weights of this checkpoint, with a new schedule")
    parser.add_argument("--minutes", type=float, default=150, help="the schedule is a share of this time")
    parser.add_argument("--rate", type=float, default=0.05, help="length of a step as a share of a kernel's norm")
    parser.add_argument("--adam", type=float, default=2e-3)
    parser.add_argument("--start", type=float, default=0.0, help="begin at this share of the schedule")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(args.seed)

    data = pictures.load(args.archive, args.cache)
    held_back, data = data[:2000], data[2000:]
    student = Pocket().to(memory_format=torch.channels_last)
    lesson = Lesson(student, Teacher(args.teacher))
    lesson.measure([pictures.batch(data, 24, 128, rng) for _ in range(6)])
    kernels, rest = kernels_and_rest(student)
    muon = Muon(kernels)
    adam = torch.optim.Adam(rest, args.adam, betas=(0.9, 0.98))
    dreams = Dreams(
        lesson.features,
        lambda n, size: pictures.noise(n, size, rng) if rng.random() < 0.15 else pictures.batch(data, n, size, rng),
        {name: lesson.weight[name].shape[1] for name in TAUGHT}, rng,
    )
    spent, step, seen = args.start * args.minutes * 60, 0, 0
    source = args.out if args.out.exists() else args.init
    if source:
        saved = torch.load(source)
        student.load_state_dict(saved["student"])
        lesson.scale, lesson.weight = saved["scale"], saved["weight"]
        if source == args.out:
            muon.load(saved["muon"])
            adam.load_state_dict(saved["adam"])
            spent, step, seen = saved["spent"], saved["step"], saved["seen"]
            rng = np.random.default_rng(args.seed + step)
    val = [pictures.batch(held_back, 16, 128, np.random.default_rng(9)) for _ in range(3)]

    def save() -> None:
        state = {"student": student.state_dict(), "scale": lesson.scale, "weight": lesson.weight,
                 "muon": muon.state(), "adam": adam.state_dict(), "spent": spent, "step": step, "seen": seen}
        torch.save(state, str(args.out) + ".part")
        os.replace(str(args.out) + ".part", args.out)

    mean = dict.fromkeys(TAUGHT, 1.0)
    last = time.time()
    while (progress := spent / (60 * args.minutes)) < 1:
        fade = min(1, (step + 1) / 60) * min(1.0, (1 - progress) / 0.85)
        size, n = next((s, b) for until, s, b in PHASES if progress < until)
        dreamed = n // 2 if progress > DREAMS_FROM else 0
        x = pictures.batch(data, n - dreamed, size, rng)
        if dreamed:
            x = torch.cat([x, dreams.next(dreamed, size)])
        student.train(progress < NORMS_FROZEN_FROM)
        free = min(1, max(0, (progress - FORCED_UNTIL) / (FREE_FROM - FORCED_UNTIL)))
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                right = lesson.taught(x)
            share = torch.from_numpy(rng.random((n, 1, 1, 1)) >= free)
            said = student(lesson.seen(x), right if free < 1 else None, share)
        errors = lesson.errors(said, right)
        loss = sum(errors[name] * LOSS_WEIGHTS[name] for name in TAUGHT)
        adam.zero_grad()
        for k in kernels:
            k.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest, 5.0)
        muon.step(args.rate * fade)
        for group in adam.param_groups:
            group["lr"] = args.adam * fade
        adam.step()
        step, seen = step + 1, seen + n
        for name in TAUGHT:
            mean[name] += 0.02 * (float(errors[name].detach()) - mean[name])
        now = time.time()
        spent, last = spent + now - last, now
        if step % 50 == 0:
            print(f"{spent / 60:.1f} min {step} steps {seen} pictures, train", " ".join(f"{v:.3f}" for v in mean.values()), flush=True)
        if step % 200 == 0:
            print("  held back", lesson.validate(val), flush=True)
            save()
            last = time.time()
    save()
    print("held back", lesson.validate(val), flush=True)


if __name__ == "__main__":
    main()
