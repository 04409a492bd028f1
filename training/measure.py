"""Compare a student's dreams with the teacher's, as the teacher sees them, on photos that were not used in training.

Both dream with the settings of google/deepdream (four octaves of 1.4, ten iterations of 1.5, jitter 32) on a layer of the
teacher and its counterpart. For each photo it prints the rise of the teacher's objective (the mean square of its layer) in
the student's dream as a share of its rise in the teacher's own dream, and the similarity (SSIM) of both to the photo; then
the error of every layer on the photos.
"""
import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from network import TAUGHT, Pocket
from teacher import Teacher
from train import Lesson


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Mean structural similarity of the luma (Wang et al. 2004), window of sigma 1.5."""
    a, b = (cv2.cvtColor(np.float32(x), cv2.COLOR_RGB2GRAY).astype(np.float64) for x in (a, b))

    def blur(x: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(x, (11, 11), 1.5)

    ma, mb = blur(a), blur(b)
    va, vb, c = blur(a * a) - ma**2, blur(b * b) - mb**2, blur(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * ma * mb + c1) * (2 * c + c2)) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean())


def dream(features, photo: torch.Tensor, seed: int) -> torch.Tensor:
    """A dream of pictures `[1, 3, H, W]`, 0..255, as by google/deepdream."""
    rng = np.random.default_rng(seed)
    h, w = photo.shape[2:]
    sizes = [(round(h / 1.4**k), round(w / 1.4**k)) for k in (3, 2, 1, 0)]
    detail = torch.zeros(1, 3, *sizes[0])
    for size in sizes:
        base = F.interpolate(photo, size, mode="bilinear", align_corners=False, antialias=True)
        detail = F.interpolate(detail, size, mode="bilinear", align_corners=False)
        x = (base + detail).clamp(0, 255)
        for _ in range(10):
            by = tuple(int(v) for v in rng.integers(-32, 33, 2))
            x = torch.roll(x, by, (2, 3)).requires_grad_(True)
            (g,) = torch.autograd.grad((features(x) ** 2).sum(), x)
            x = (x.detach() + 1.5 * g / g.abs().mean()).clamp(0, 255)
            x = torch.roll(x, (-by[0], -by[1]), (2, 3))
        detail = x - base
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--layer", default="motifs3")
    parser.add_argument("--width", type=int, default=512, help="photos wider are reduced to this")
    parser.add_argument("--sheet", type=Path, help="write photo, student, teacher side by side")
    parser.add_argument("--cache", type=Path, default=Path("teacher-dreams"), help="the teacher's dreams, made once")
    args = parser.parse_args()
    torch.set_num_threads(2)
    saved = torch.load(args.checkpoint)
    student = Pocket()
    student.load_state_dict(saved["student"])
    student.eval()
    lesson = Lesson(student, Teacher(args.teacher))
    lesson.scale, lesson.weight = saved["scale"], saved["weight"]
    args.cache.mkdir(exist_ok=True)

    def energy(x: torch.Tensor) -> float:
        with torch.no_grad():
            return float((lesson.taught(x, args.layer)[args.layer] ** 2).mean())

    shares, likeness, own, rows, errors = [], [], [], [], {name: [] for name in TAUGHT}
    for path in args.photos:
        image = Image.open(path).convert("RGB")
        if image.width > args.width:
            image = image.resize((args.width, round(image.height * args.width / image.width)), Image.LANCZOS)
        # Sides that both networks halve in the same way.
        image = image.crop((0, 0, image.width // 32 * 32, image.height // 32 * 32))
        photo = torch.from_numpy(np.float32(image).transpose(2, 0, 1)[None].copy())
        kept = args.cache / f"{path.stem}-{args.layer}-{args.width}.npy"
        if not kept.exists():
            np.save(kept, dream(lambda x: lesson.taught(x, args.layer)[args.layer], photo, 1).numpy())
        theirs = torch.from_numpy(np.load(kept))
        ours = dream(lambda x: student(lesson.seen(x), until=args.layer)[args.layer], photo, 1)
        before, after, best = energy(photo), energy(ours), energy(theirs)
        shares.append((after - before) / (best - before))
        pictures = [x[0].numpy().transpose(1, 2, 0) for x in (photo, ours, theirs)]
        likeness.append(ssim(pictures[0], pictures[1]))
        own.append(ssim(pictures[0], pictures[2]))
        rows.append(np.concatenate(pictures, 1))
        with torch.no_grad():
            for name, error in lesson.errors(student(lesson.seen(photo)), lesson.taught(photo)).items():
                errors[name].append(float(error))
        print(f"{path.stem}: share {shares[-1]:.3f}, ssim {likeness[-1]:.3f}, the teacher's {own[-1]:.3f}", flush=True)
    print(f"mean of {len(shares)}: share {np.mean(shares):.3f}, ssim {np.mean(likeness):.3f}, the teacher's {np.mean(own):.3f}")
    print("errors: " + ", ".join(f"{name} {np.mean(e):.3f}" for name, e in errors.items()))
    if args.sheet:
        width = rows[0].shape[1]
        same = [cv2.resize(r, (width, round(r.shape[0] * width / r.shape[1])), interpolation=cv2.INTER_AREA) for r in rows]
        Image.fromarray(np.uint8(np.concatenate(same).clip(0, 255))).save(args.sheet)


if __name__ == "__main__":
    main()
