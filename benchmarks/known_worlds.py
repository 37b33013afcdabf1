"""The worlds of `benchmarks.claims`: those in which nothing has an effect, and those in which norm has one."""

from benchmarks.worlds import World, heavy

P2 = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}
A2 = {"norm": ["batch", "none"], "init": ["he", "glorot"]}
FOUR_LEVELS = {"norm": ["batch", "none"], "lr": ["0.001", "0.01", "0.1", "1"]}


def several(cells: int) -> dict[str, list[str]]:
    return {"lr": [str(level) for level in range(cells)]}


WITHOUT = [
    World("normal, own seeds, n 3", P2, shared=False),
    World("normal, own seeds, n 5", P2, seeds=5, shared=False),
    World("heavy tails, n 3", P2, noise=heavy),
    World("ceiling, n 5", P2, seeds=5, ceiling=True),
    World("ties, n 5", P2, seeds=5, ties=0),
    World("15 % collapsed, n 5", P2, seeds=5, collapsed=0.15),
    World("40 % collapsed, in both inits or none, n 5", P2, seeds=5, collapsed=0.4, collapsed_alike=True),
    World("2 x 4 levels, n 4", FOUR_LEVELS, seeds=4),
    World("4 inert levels, n 3", A2, inert=4),
    World("4 inert levels, n 5", A2, seeds=5, inert=4),
    World("4 inert levels, 15 % collapsed, n 5", A2, seeds=5, collapsed=0.15, inert=4),
    World("all in two experiments, n 3", P2, copies=2),
    World("all in two experiments, n 5", P2, seeds=5, copies=2),
    *(World(f"{cells} cells, n 5", several(cells), seeds=5) for cells in (2, 4, 7, 10)),
    World("10 cells, 15 % collapsed, n 5", several(10), seeds=5, collapsed=0.15),
    World("10 cells, heavy tails, n 10", several(10), seeds=10, noise=heavy),
    World("noisy level x 3, n 5", P2, seeds=5, wide=[("norm", "none", 3.0)]),
    World("noisy level x 3, all cells alike, rho 0.8, n 5", P2, 5, wide=[("norm", "none", 3.0)], rho=0.8),
    World(
        "one noisy cell x 9, n 5", P2, seeds=5, wide=[("norm", "none", 2.1), ("arch", "yolo", 2.1), ("init", "he", 2.1)]
    ),
    World("noisy level x 4, n 3 v 10", P2, 10, ("norm", "none", 3), [("norm", "none", 4.0)]),
    World("the same, own seeds", P2, 10, ("norm", "none", 3), [("norm", "none", 4.0)], shared=False),
    *(World(f"all cells alike, rho {rho}, n {n}", P2, n, rho=rho) for n in (3, 5) for rho in (0.0, 0.5, 0.8)),
    *(World(f"inits alike, rho {rho}, n {n}", P2, n, rho=rho, alike="init") for n in (3, 5) for rho in (0.5, 0.8)),
]
D = [(("norm",), ("none",), 1.0)]
WITH = [
    World("norm + 1, own seeds, n 3", P2, shift=D, shared=False),
    World("norm + 1, own seeds, n 5", P2, seeds=5, shift=D, shared=False),
    World("norm + 1, rho 0, n 3", P2, shift=D),
    World("norm + 1, rho 0, n 5", P2, seeds=5, shift=D),
    World("norm + 1, rho 0.8, n 3", P2, shift=D, rho=0.8),
    World("norm + 1, rho 0.8, n 5", P2, seeds=5, shift=D, rho=0.8),
    World("norm + 1, norms alike 0.8, n 3", P2, shift=D, rho=0.8, alike="norm"),
    World("norm + 0.5, norms alike 0.8, n 5", P2, seeds=5, shift=[(*D[0][:2], 0.5)], rho=0.8, alike="norm"),
    World("norm + 2.5, 2 x 2, rho 0, n 3", A2, shift=[(*D[0][:2], 2.5)]),
    World("norm + 2.5, 2 levels alone, rho 0, n 5", {"norm": P2["norm"]}, 5, shift=[(*D[0][:2], 2.5)]),
]
