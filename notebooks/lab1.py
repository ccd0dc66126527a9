# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: tags,-all
#     notebook_metadata_filter: -all
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] tags=["front"]
# {{ lab-1-fully-connected-neural-networks }}

# %% [markdown]
# {{ before-we-start }}

# %%
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("fclab") is None:
    subprocess.check_call(
        [sys.executable, "-m", "pip", "install", "--quiet", "git+{{ repository }}"]
    )

# %% tags=["parameters"]
# {{ how-much-to-compute }}
SEEDS = 8
HAND_STEPS = 30_000
AUTOGRAD_STEPS = 5_000
LOOP_EPOCHS = 60
EPOCHS = 250

# %% tags=["classes"]
# {{ the-cifar-100-classes }}
CLASSES = (0, 55, 58)

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.metrics import classification_report
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import fclab
from fclab.figures import confusion_matrix, decision_surface, first_layer, regression_fits
from fclab.labs.lab1.moves import batch_arithmetic
from fclab.labs.lab1.variant import trap
from fclab.notebook import excerpt, live_fit, progress
from fclab.statistics import accuracy_over_seeds, compare_over_seeds, verdicts
from fclab.words.wording import wording

# {{ the-tensors-are-small }}
torch.set_num_threads(1)

LANG = fclab.notebook.lang("en")  # {{ speak }}

# {{ datasets-recipes-runs-and }}
# %load_ext fclab

# %% [markdown]
# {{ part-1-regression-gradients-by-hand }}

# %%
# {{ the-data-100-distinct }}
random = np.random.default_rng(0)
x = (np.arange(100) / 100 - 0.5).repeat(5)
curve = 1 / (1 + np.exp(-10 * x))
y = curve + random.normal(scale=0.05, size=x.size)

X = torch.tensor(x, dtype=torch.float32).reshape(-1, 1)
Y = torch.tensor(y, dtype=torch.float32).reshape(-1, 1)

plt.figure(figsize=(7, 3))
plt.scatter(x, y, s=8, alpha=0.4)
plt.plot(x, curve, "k--")
plt.show()

# %%
HIDDEN = 64
torch.manual_seed(0)
W1 = (torch.rand(1, HIDDEN) - 0.5) / 10
b1 = torch.zeros(HIDDEN)
W2 = (torch.rand(HIDDEN, 1) - 0.5) / 10
b2 = torch.zeros(1)


def forward(X):
    Z = X @ W1 + b1
    A = torch.relu(Z)
    return Z, A, A @ W2 + b2


def gradients(X, Y):
    Z, A, output = forward(X)
    delta = 2 * (output - Y)
    # {{ the-gradient-passes-the }}
    delta1 = (delta @ W2.T) * (Z > 0)
    return X.T @ delta1, delta1.sum(dim=0), A.T @ delta, delta.sum(dim=0)


# %% [markdown]
# {{ formulas-should-be-checked }}

# %%
parameters = [W1, b1, W2, b2]
for parameter in parameters:
    parameter.requires_grad_(True)
loss = ((forward(X)[2] - Y) ** 2).sum()
automatic = torch.autograd.grad(loss, parameters)
for parameter in parameters:
    parameter.requires_grad_(False)

for name, mine, theirs in zip(["W1", "b1", "W2", "b2"], gradients(X, Y), automatic, strict=True):
    assert torch.allclose(mine, theirs, rtol=1e-4, atol=1e-4)
    print(name, tuple(mine.shape), f"{(mine - theirs).abs().max():.1e}")

# %% [markdown]
# {{ gradient-descent-over-all }}

# %%
plt.figure(figsize=(7, 3.5))
plt.scatter(x, y, s=8, alpha=0.2)
label = "gradient descent"  # {{ gradient-descent }}
with progress(HAND_STEPS, label) as bar:
    for step in range(1, HAND_STEPS + 1):
        for parameter, gradient in zip(parameters, gradients(X, Y), strict=True):
            parameter -= 1e-4 * gradient
        if step % (HAND_STEPS // 5) == 0:
            plt.plot(x, forward(X)[2], label=str(step), alpha=0.7)
        bar(1)
plt.plot(x, curve, "k--")
plt.legend()
plt.show()
print(f"{((forward(X)[2] - Y) ** 2).mean():.5f}")

# %% [markdown]
# {{ the-same-with-fclab }}

# %%
sigmoid = fclab.regression_curve("sigmoid")
run = next(fclab.train(sigmoid, [fclab.REGRESSION], [0], snapshots=range(10_000, 50_001, 10_000)))
run

# %%
regression_fits(run, sigmoid, LANG)

# %% [markdown]
# {{ a-live-fit }}

# %%
live_fit(hidden=16, target="sine")

# %% [markdown]
# {{ the-same-in-motion }}

# %%
from IPython.display import display

shown = display(live_fit(hidden=1, target="parabola"), display_id=True)
for hidden in (2, 4, 16, 64):
    shown.update(live_fit(hidden=hidden, target="parabola"))

# %% [markdown]
# {{ many-seeds }}

# %%
WORDS = {word: word for word in ("better", "worse", "not distinguishable")}  # {{ verdicts }}


def losses(data, recipe):
    with progress(recipe.epochs * SEEDS, str(recipe.layers)) as bar:
        runs = fclab.train(data, [recipe], range(SEEDS), progress=bar)
        return [run.metrics["test_loss"] for run in sorted(runs, key=lambda run: run.seed)]


def compare(data, recipe, parent):
    mine, others = losses(data, recipe), losses(data, parent)
    difference = compare_over_seeds(mine, others)
    (verdict,) = verdicts([difference], higher_is_better=False)
    print(f"{recipe.layers}: {np.mean(mine):.2e}   {parent.layers}: {np.mean(others):.2e}")
    print(f"{difference.difference:+.1e} [{difference.low:+.1e}; {difference.high:+.1e}]")
    print(f"p = {verdict.p_adjusted:.2g}: {recipe.layers} – {WORDS[verdict.decision]}")


compare(sigmoid, fclab.REGRESSION, fclab.REGRESSION.replace(layers=(8, 1)))

# %% [markdown]
# {{ part-2-binary-classification-autograd }}

# %%
corners = random.integers(2, size=(1000, 2))
points = corners + random.normal(scale=0.1, size=corners.shape)
# {{ other-data-points-labels }}
labels = corners.sum(axis=1) % 2

X = torch.tensor(points, dtype=torch.float32)
Y = torch.tensor(labels, dtype=torch.float32).reshape(-1, 1)

# %%
HIDDEN = 16
torch.manual_seed(0)
W1 = ((torch.rand(2, HIDDEN) - 0.5) / 10).requires_grad_(True)
b1 = torch.zeros(HIDDEN, requires_grad=True)
W2 = ((torch.rand(HIDDEN, 1) - 0.5) / 10).requires_grad_(True)
b2 = torch.zeros(1, requires_grad=True)
parameters = [W1, b1, W2, b2]


def logits(X):
    return torch.sigmoid(X @ W1 + b1) @ W2 + b2


def log_losses(z, y):
    # softplus(z) = ln(1 + e^z)
    return F.softplus(z) - y * z


# {{ safety-is-worth-seeing }}
z, one = torch.tensor(-200.0), torch.tensor(1.0)
print(-torch.log(torch.sigmoid(z)).item(), log_losses(z, one).item())

# %%
history = []
with progress(AUTOGRAD_STEPS, "autograd") as bar:
    for _ in range(AUTOGRAD_STEPS):
        loss = log_losses(logits(X), Y).sum()
        # {{ here-autograd-works-into }}
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= 1e-3 * parameter.grad
                # {{ else-the-next-backward }}
                parameter.grad.zero_()
        history.append(loss.item() / len(X))
        bar(1)

# %%
side = np.linspace(points.min() - 0.2, points.max() + 0.2, 150)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
with torch.no_grad():
    surface = torch.sigmoid(logits(torch.tensor(grid, dtype=torch.float32)))
    right = ((logits(X) > 0) == (Y > 0.5)).float().mean()

figure, (left, middle) = plt.subplots(1, 2, figsize=(9, 3.6))
left.plot(history)
left.set_ylim(bottom=0)
middle.contourf(side, side, surface.reshape(150, 150), levels=20, cmap="PRGn", alpha=0.7)
middle.scatter(*points.T, c=labels, s=6, cmap="PRGn", edgecolor="k", linewidth=0.2)
plt.show()
print(f"{history[-1]:.5f}  {right:.1%}")

# %% [markdown]
# {{ the-same-with-fclab-2 }}

# %%
clouds = [fclab.binary_points(shape) for shape in ("xor", "circles", "moons")]
runs = [next(fclab.train(cloud, [fclab.BINARY], [0])) for cloud in clouds]
runs[0]

# %%
for run, cloud in zip(runs, clouds, strict=True):
    display(decision_surface(run, cloud, LANG))

# %% [markdown]
# {{ many-seeds-how-many }}

# %%
compare(clouds[0], fclab.BINARY, fclab.BINARY.replace(layers=(3, 1)))

# %% [markdown] tags=["part-3"]
# {{ part-3-classification-of-cifar-100 }}

# %% tags=["images"]
dataset = fclab.notebook.images(CLASSES)
dataset

# %%
loaders = {}
for part in ("train", "test"):
    split = dataset.splits[part]
    tensors = TensorDataset(torch.tensor(split.x, dtype=torch.float32), torch.tensor(split.y))
    # {{ the-order-matters-in }}
    loaders[part] = DataLoader(tensors, batch_size=128, shuffle=part == "train")
for part, loader in loaders.items():
    print(part, len(loader.dataset), len(loader))

# %% [markdown]
# {{ one-network-two-ways-to-write }}

# %%
HIDDEN = 10


class Normalize(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(dataset.preprocessing.mean))
        self.register_buffer("std", torch.tensor(dataset.preprocessing.std))

    def forward(self, images):
        return (images / 255 - self.mean) / self.std


torch.manual_seed(0)
sequential = nn.Sequential(
    Normalize(),
    nn.Flatten(),
    nn.Linear(dataset.info.n_inputs, HIDDEN),
    nn.ReLU(),
    nn.Linear(HIDDEN, len(CLASSES)),
)


class Network(nn.Module):
    def __init__(self, hidden, classes):
        super().__init__()
        self.normalize = Normalize()
        self.hidden = nn.Linear(dataset.info.n_inputs, hidden)
        self.output = nn.Linear(hidden, classes)

    def forward(self, images):
        x = self.normalize(images).flatten(start_dim=1)
        return self.output(torch.relu(self.hidden(x)))


network = Network(HIDDEN, len(CLASSES))
network

# %% [markdown]
# {{ they-are-the-same }}

# %%
weights = sequential.state_dict()
network.load_state_dict(dict(zip(network.state_dict(), weights.values(), strict=True)))

batch, _ = next(iter(loaders["test"]))
with torch.no_grad():
    assert torch.equal(sequential(batch), network(batch))
for mine, other in zip(network.state_dict().items(), weights, strict=True):
    print(f"{mine[0]:<16} {other:<10} {tuple(mine[1].shape)}")

# %% [markdown]
# {{ training }}

# %%
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(network.parameters(), lr=0.005)


@torch.no_grad()
def evaluate(network, loader):
    network.eval()
    outputs = torch.cat([network(images) for images, _ in loader])
    labels = torch.cat([labels for _, labels in loader])
    right = (outputs.argmax(dim=1) == labels).float().mean()
    return criterion(outputs, labels).item(), right.item()


course = []
label = "epochs"  # {{ epochs }}
with progress(LOOP_EPOCHS, label) as bar:
    for _ in range(LOOP_EPOCHS):
        network.train()
        running = 0.0
        for inputs, targets in loaders["train"]:
            optimizer.zero_grad()
            loss = criterion(network(inputs), targets)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(inputs)
        course.append((running / len(dataset.train), *evaluate(network, loaders["test"])))
        bar(1)

train_loss, test_loss, test_accuracy = np.array(course).T
figure, (left, middle) = plt.subplots(1, 2, figsize=(9, 3))
left.plot(train_loss, label="train")
left.plot(test_loss, label="test")
left.legend()
middle.plot(test_accuracy, color="C1")
plt.show()

# %%
network.eval()
with torch.no_grad():
    answers = network(torch.tensor(dataset.test.x, dtype=torch.float32)).argmax(dim=1)
names = [wording(LANG).called(name) for name in dataset.class_names]
print(classification_report(dataset.test.y, answers, target_names=names, digits=3))

# %% [markdown] tags=["trap"]
# {{ the-names-of-the }}

# %% tags=["trap"]
print(*trap(CLASSES, LANG), sep="\n")

# %% [markdown]
# {{ save-and-load }}

# %%
torch.save(network.state_dict(), "network.pt")

restored = Network(HIDDEN, len(CLASSES))
restored.load_state_dict(torch.load("network.pt", weights_only=True))
restored.eval()
with torch.no_grad():
    assert torch.equal(network(batch), restored(batch))

# %% [markdown]
# {{ the-same-with-fclab-3 }}

# %%
recipe = fclab.CIFAR.replace(layers=(10, len(CLASSES)), epochs=EPOCHS)
recipe

# %%
run = next(fclab.train(dataset, [recipe], [0]))
run

# %% [markdown]
# {{ the-weights-of-the }}

# %%
first_layer(run, LANG)

# %% [markdown]
# {{ many-seeds-2 }}

# %%
LABEL = f"seeds × {SEEDS}"  # {{ seeds-seeds }}
with progress(recipe.epochs * SEEDS, LABEL) as bar:
    runs = list(fclab.train(dataset, [recipe], range(SEEDS), progress=bar))
accuracies = [run.metrics["test_accuracy"] for run in runs]
spread = accuracy_over_seeds(accuracies, images=len(dataset.test))
print(f"{spread.least:.1%} … {spread.greatest:.1%}, sd {spread.sd:.1%}")
print(f"{spread.mean:.1%} [{spread.low:.1%}; {spread.high:.1%}]")

plt.figure(figsize=(7, 1.2))
plt.plot(accuracies, np.zeros(len(accuracies)), "o", alpha=0.5)
plt.yticks([])
plt.xlabel("test accuracy")  # {{ test-accuracy }}
plt.show()

# %% [markdown]
# {{ self-study-tasks }}

# %%
settings = fclab.Settings(
    seeds=SEEDS,
    base=recipe,
    batch_factors=(0.5, 2),
    lr_factors=(2,),
    hidden=((32,),),
    search_seeds=2,
    search_lr=(0.0025, 0.005),
    search_batch=(128,),
)
# {{ the-commands-were-run }}
STORE = fclab.notebook.find_store()
label = "study"  # {{ study }}
with fclab.Store(STORE) as store, progress(label=label) as bar:
    STUDY, study = fclab.do_study(store, dataset, settings, widen=True, progress=bar)
table = fclab.final_table(study)
study

# %% [markdown]
# {{ task-1 }}

# %%
base = table.line("base")
print(f"train {base.train.mean:.1%}, test {base.test.mean:.1%}")
for name, share in zip(names, base.recall, strict=True):
    print(f"{name:>20}: {share:.1%}")
confusion_matrix(run, "test", LANG)

# %% [markdown] tags=["answer"]
# {{ your-answer }}

# %% [markdown]
# {{ task-2 }}

# %%
plt.figure(figsize=(7, 3))
for part in ("train", "test"):
    curves = [run.history[f"{part}_loss"] for run in study.runs["base"]]
    epochs = np.arange(1, len(curves[0]) + 1)
    plt.plot(epochs, np.mean(curves, axis=0), label=part)
    plt.fill_between(epochs, np.min(curves, axis=0), np.max(curves, axis=0), alpha=0.2)
plt.axvline(study.overfitting.of_mean, color="k", linestyle="--", label=study.overfitting.of_mean)
plt.ylim(bottom=0)
plt.legend()
plt.show()
excerpt(table, "stop")

# %% [markdown] tags=["answer"]
# {{ your-answer-2 }}

# %% [markdown]
# {{ task-3 }}

# %%
stop = study.row("stop").recipe
for row in study.rows:
    if row.kind == "batch":
        sums = batch_arithmetic(stop, row.recipe.batch_size, len(dataset.train))
        print(
            f"batch {sums.batch}: {sums.epochs} × {sums.per_epoch} = {sums.iterations}   →   "
            f"batch {sums.new_batch}: {sums.new_epochs} × {sums.new_per_epoch} = "
            f"{sums.new_iterations}"
        )
excerpt(table, "batch", "past")

# %% [markdown] tags=["answer"]
# {{ your-answer-3 }}

# %% [markdown]
# {{ task-4 }}

# %%
excerpt(table, "lr")

# %% [markdown] tags=["answer"]
# {{ your-answer-4 }}

# %% [markdown]
# {{ task-5 }}

# %%
excerpt(table, "layers")

# %% [markdown]
# {{ a-row-of-your }}

# %%
mine = {"flip": True, "epochs": 2 * stop.epochs}
own = [fclab.OwnRow(name="flip", parent="stop", changes=mine)]
label = "own row"  # {{ own-row }}
with fclab.Store(STORE) as store, progress(label=label) as bar:
    _, study = fclab.do_study(store, dataset, settings, own=own, widen=True, progress=bar)
table = fclab.final_table(study)
excerpt(table, "own")

# %% [markdown] tags=["answer"]
# {{ your-answer-5 }}

# %% [markdown]
# {{ task-6 }}


# %%
def table_of_today():
    # {{ with-the-rows-too }}
    with fclab.Store(STORE) as store:
        return fclab.final_table(fclab.load_study(store, STUDY))


for line in table_of_today().ranking:
    found = line.verdict
    print(
        f"{line.row.name:<12} {100 * found.difference:+5.1f} "
        f"[{100 * found.low:+5.1f}; {100 * found.high:+5.1f}]  {WORDS[found.decision]}"
    )

# %% [markdown] tags=["answer"]
# {{ your-answer-6 }}

# %% [markdown]
# {{ the-final-table }}

# %%
table_of_today()

# %% [markdown]
# {{ control-questions }}
