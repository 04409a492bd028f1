"""Train `pocket`. See README.md for the command and what came out of it."""
import argparse
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from data import augment, learning_rate, load, normalise, phase_size
from network import Pocket


@torch.no_grad()
def accuracy(net: Pocket, images: torch.Tensor, labels: torch.Tensor, size: int) -> tuple[float, float]:
    """Top-1 and top-5 in percent with the pictures resized to `size`."""
    net.eval()
    top1 = top5 = 0
    for x, y in zip(images.split(250), labels.split(250)):
        x = F.interpolate(normalise(x), size=(size, size), mode="bicubic", align_corners=False)
        hits = net(x.to(memory_format=torch.channels_last)).topk(5).indices == y[:, None]
        top1 += hits[:, 0].sum().item()
        top5 += hits.sum().item()
    net.train()
    return 100 * top1 / len(labels), 100 * top5 / len(labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, help="tiny-imagenet-subset.tar.gz")
    parser.add_argument("--cache", type=Path, default=Path("tiny-imagenet.npz"), help="decoded pictures, made once")
    parser.add_argument("--out", type=Path, default=Path("pocket.pt"))
    parser.add_argument("--init", type=Path, help="go on from these weights (warm restart)")
    parser.add_argument("--minutes", type=float, default=55, help="the schedule is a share of this time")
    parser.add_argument("--lr", type=float, default=0.2)
    parser.add_argument("--size", type=int, help="one size throughout, instead of 40, 48, 64")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    rng = torch.Generator().manual_seed(args.seed)

    data = load(args.archive, args.cache)
    train, val = torch.from_numpy(data["train"]), torch.from_numpy(data["val"])
    train_y, val_y = torch.from_numpy(data["train_labels"]), torch.from_numpy(data["val_labels"])
    print(f"{len(train)} pictures to train on, {len(val)} to validate", flush=True)

    net = Pocket()
    if args.init:
        net.load_state_dict(torch.load(args.init))
    net = net.to(memory_format=torch.channels_last)
    decay = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    optimiser = torch.optim.SGD(
        [{"params": decay, "weight_decay": 5e-4}, {"params": rest, "weight_decay": 0}],
        lr=args.lr, momentum=0.9, nesterov=True,
    )
    start, seen, epoch, progress = time.time(), 0, 0, 0.0
    while progress < 1:
        for batch in torch.randperm(len(train), generator=rng).split(128)[:-1]:
            progress = (time.time() - start) / (60 * args.minutes)
            if progress >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(progress, args.lr, 0.02 if args.init else 0.1)
            x = augment(normalise(train[batch]), args.size or phase_size(progress), rng)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(x.to(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits.float(), train_y[batch], label_smoothing=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen += len(batch)
            if seen % (128 * 100) == 0:
                rate = seen / (time.time() - start)
                print(f"{100 * progress:5.1f} %  epoch {epoch}  loss {loss.item():.3f}  {rate:.0f} images/s", flush=True)
        epoch += 1
        if epoch % 4 == 0:
            print("validation 64 px", accuracy(net, val, val_y, 64), flush=True)
            torch.save(net.state_dict(), args.out)
    torch.save(net.state_dict(), args.out)
    for size in (64, 72, 80):
        print(size, "px: top-1 %.1f %%, top-5 %.1f %%" % accuracy(net, val, val_y, size), flush=True)
    print(f"{seen / len(train):.1f} epochs in {(time.time() - start) / 60:.0f} minutes", flush=True)


if __name__ == "__main__":
    main()
