"""One step of training or evaluation. Sums stay on the device: nothing here waits for it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def pick_device(name: str) -> torch.device:
    """'auto' takes CUDA where there is one. Raises RuntimeError for a CUDA device that is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RuntimeError(f"device {name!r} was asked for, {torch.cuda.device_count()} CUDA devices are visible")
    return device


def configure(threads: int) -> None:
    """Full float32 and deterministic algorithms, so that a run is its spec and its seed and nothing else."""
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)


class Totals:
    """Running sums over batches: loss (nats x examples), correct predictions, examples."""

    def __init__(self, device: torch.device) -> None:
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.correct = torch.zeros((), dtype=torch.int64, device=device)
        self.examples = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        self.loss += loss.detach() * len(labels)
        self.correct += (logits.detach().argmax(dim=1) == labels).sum()
        self.examples += len(labels)

    def means(self) -> tuple[float, float]:
        """(mean loss, accuracy). Waits for the device."""
        return self.loss.item() / self.examples, self.correct.item() / self.examples


def train_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor, totals: Totals
) -> None:
    """images (B, 3, H, W), labels (B,). Cross-entropy; `totals` sees the predictions made before the update."""
    optimizer.zero_grad(set_to_none=True)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    totals.add(loss, logits, labels)


@torch.no_grad()
def eval_step(model: nn.Module, images: Tensor, labels: Tensor, totals: Totals) -> None:
    logits = model(images)
    totals.add(F.cross_entropy(logits, labels), logits, labels)
