# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: tags,lang,-all
#     notebook_metadata_filter: -all
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown] lang="ru" tags=["front"]
# # Лабораторная работа №1: полносвязные нейронные сети
#
# [![Открыть в Colab](https://colab.research.google.com/assets/colab-badge.svg)]({{ colab }})
#
# В ноутбуке три части: регрессия с градиентами, выведенными вручную; бинарная классификация с
# autograd; классификация нескольких классов CIFAR-100 с `nn.Module` и `DataLoader`. Каждая часть
# сначала написана открыто, на PyTorch, в нескольких строках, которые можно менять. Потом то же
# самое делает [fclab]({{ repository }}): так быстро, что каждую настройку можно обучить от многих
# зёрен и узнать, какие улучшения настоящие.
#
# После заданий для самостоятельной работы оставлено место: **Ваш ответ**. Рядом – вычисленные
# свидетельства. Ячейки выполняются по порядку; весь ноутбук – минута-две.

# %% [markdown] lang="en" tags=["front"]
# # Lab 1: fully connected neural networks
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({{ colab }})
#
# The notebook has three parts: a regression with gradients derived by hand; a binary classifier
# with autograd; a classifier of a few CIFAR-100 classes with `nn.Module` and `DataLoader`. Each
# part is first written in the open, in PyTorch, in a few lines that you can change. Then
# [fclab]({{ repository }}) does the same: so fast that every setting can be trained from many
# seeds, and you learn which improvements are real.
#
# The self-study tasks have room for **your answer**, beside the computed evidence. Run the cells
# in order; the whole notebook takes a minute or two.

# %% [markdown] lang="ru"
# ## Подготовка
#
# Первая ячейка устанавливает fclab, только если его нет. Уже установленный PyTorch (например, в
# Colab) остаётся прежним.

# %% [markdown] lang="en"
# ## Before we start
#
# The first cell installs fclab only if it is missing. A PyTorch that is there already (as on
# Colab) is kept.

# %%
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("fclab") is None:
    subprocess.check_call(
        [sys.executable, "-m", "pip", "install", "--quiet", "git+{{ repository }}"]
    )

# %% tags=["parameters"]
# ru: Сколько считать: меньше – быстрее, больше – точнее.
# en: How much to compute: less is quicker, more is more exact.
SEEDS = 8
HAND_STEPS = 30_000
AUTOGRAD_STEPS = 5_000
LOOP_EPOCHS = 60
EPOCHS = 250

# %% tags=["classes"]
# ru: Классы CIFAR-100 из примера, два или больше. По номеру группы и варианта их называет
# ru: fclab.classes_of("ИУ5-25М", 1, "iu5") – по правилу 2024 года; правило другого года:
# ru: fclab.classes_of(3, 9, "iu5", scheme="2026").
# en: The CIFAR-100 classes of the example, two or more. For your group and variant they are told
# en: by fclab.classes_of("ИУ5-25М", 1, "iu5"), by the rule of 2024; another year's rule:
# en: fclab.classes_of(3, 9, "iu5", scheme="2026").
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

# ru: Тензоры здесь маленькие: в одном потоке PyTorch считает их быстрее.
# en: The tensors are small here: PyTorch is quicker with them on one thread.
torch.set_num_threads(1)

LANG = fclab.notebook.lang("ru")  # ru
LANG = fclab.notebook.lang("en")  # en

# ru: Наборы данных, рецепты, обучения и таблицы fclab показывают себя сами.
# en: Datasets, recipes, runs and tables of fclab show themselves.
# %load_ext fclab

# %% [markdown] lang="ru"
# <a id="part-1"></a>
# ## Часть 1. Регрессия, градиенты вручную
#
# Сеть с одним скрытым слоем приближает сигмоиду по точкам с шумом (теорема универсальной
# аппроксимации). Прямой проход, $n$ примеров в строках $X$:
#
# $$Z = X W_1 + b_1, \qquad A = \max(Z, 0), \qquad \hat Y = A W_2 + b_2$$
#
# Потери $L = \sum_k (\hat y_k - y_k)^2$. Правило дифференцирования сложной функции, от выхода ко
# входу ($\odot$ – поэлементное произведение):
#
# $$\delta = 2(\hat Y - Y), \qquad \frac{\partial L}{\partial W_2} = A^\top \delta, \qquad
# \delta_1 = (\delta W_2^\top) \odot [Z > 0], \qquad
# \frac{\partial L}{\partial W_1} = X^\top \delta_1$$
#
# Градиенты смещений – суммы $\delta$ и $\delta_1$ по примерам.

# %% [markdown] lang="en"
# <a id="part-1"></a>
# ## Part 1. Regression, gradients by hand
#
# A network with one hidden layer fits a sigmoid seen through noise (the universal approximation
# theorem). The forward pass, $n$ examples in the rows of $X$:
#
# $$Z = X W_1 + b_1, \qquad A = \max(Z, 0), \qquad \hat Y = A W_2 + b_2$$
#
# The loss is $L = \sum_k (\hat y_k - y_k)^2$. The chain rule, from the output back ($\odot$ is
# the elementwise product):
#
# $$\delta = 2(\hat Y - Y), \qquad \frac{\partial L}{\partial W_2} = A^\top \delta, \qquad
# \delta_1 = (\delta W_2^\top) \odot [Z > 0], \qquad
# \frac{\partial L}{\partial W_1} = X^\top \delta_1$$
#
# The gradients of the biases are the sums of $\delta$ and $\delta_1$ over the examples.

# %%
# ru: Данные: 100 разных x, каждый 5 раз с разным шумом.
# en: The data: 100 distinct x, each 5 times with different noise.
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
    # ru: через ReLU градиент проходит только там, где Z > 0
    # en: the gradient passes the ReLU only where Z > 0
    delta1 = (delta @ W2.T) * (Z > 0)
    return X.T @ delta1, delta1.sum(dim=0), A.T @ delta, delta.sum(dim=0)


# %% [markdown] lang="ru"
# Формулы стоит проверить. autograd вычисляет те же производные независимо:

# %% [markdown] lang="en"
# Formulas should be checked. autograd computes the same derivatives on its own:

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

# %% [markdown] lang="ru"
# Градиентный спуск по всей выборке: шаг и есть эпоха. Печатается **средняя** ошибка на пример: её
# можно сравнивать между выборками разного размера, а ниже дисперсии шума ($0{,}05^2 = 0{,}0025$)
# она почти не опустится.

# %% [markdown] lang="en"
# Gradient descent over all examples: a step is an epoch. The error printed is the **mean** per
# example: it can be compared between samples of different size, and it can hardly fall below the
# variance of the noise ($0.05^2 = 0.0025$).

# %%
plt.figure(figsize=(7, 3.5))
plt.scatter(x, y, s=8, alpha=0.2)
label = "градиентный спуск"  # ru
label = "gradient descent"  # en
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

# %% [markdown] lang="ru"
# **То же с fclab.** Данные, сеть из задания (`fclab.REGRESSION`), обучение. Цикл скомпилирован
# целиком, поэтому 50 000 шагов занимают около десятой доли секунды (первый вызов сеанса ждёт
# компиляции).

# %% [markdown] lang="en"
# **The same with fclab.** Data, the lab's network (`fclab.REGRESSION`), training. The whole loop
# is compiled, so 50,000 steps take about a tenth of a second (the first call of a session waits for
# the compiler).

# %%
sigmoid = fclab.regression_curve("sigmoid")
run = next(fclab.train(sigmoid, [fclab.REGRESSION], [0], snapshots=range(10_000, 50_001, 10_000)))
run

# %%
regression_fits(run, sigmoid, LANG)

# %% [markdown] lang="ru"
# ### Живая подгонка
#
# Поменяйте число нейронов или кривую (`sigmoid`, `sine`, `bump`, `parabola`, `abs`, `step`) и
# выполните ячейку снова: сеть обучится заново, пока вы моргаете.

# %% [markdown] lang="en"
# ### A live fit
#
# Change the number of neurons or the curve (`sigmoid`, `sine`, `bump`, `parabola`, `abs`, `step`)
# and run the cell again: the network is trained anew while you blink.

# %%
live_fit(hidden=16, target="sine")

# %% [markdown] lang="ru"
# То же в движении: один рисунок перерисовывается для сетей всё шире.

# %% [markdown] lang="en"
# The same in motion: one figure is drawn again for wider and wider networks.

# %%
from IPython.display import display

shown = display(live_fit(hidden=1, target="parabola"), display_id=True)
for hidden in (2, 4, 16, 64):
    shown.update(live_fit(hidden=hidden, target="parabola"))

# %% [markdown] lang="ru"
# ### Много зёрен
#
# Лучше ли 64 нейрона, чем 8? Один запуск этого не скажет: начальные веса случайны. Обучим обе
# сети от многих зёрен и сравним попарно отклонение от истинной кривой.

# %% [markdown] lang="en"
# ### Many seeds
#
# Are 64 neurons better than 8? One run cannot tell: the initial weights are random. Train both
# networks from many seeds and compare in pairs how far they are from the true curve.

# %%
WORDS = {"better": "лучше", "worse": "хуже", "not distinguishable": "неотличимо"}  # ru
WORDS = {"better": "better", "worse": "worse", "not distinguishable": "not distinguishable"}  # en


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
    print(f"p = {verdict.p_adjusted:.2g}: {recipe.layers} – {WORDS[verdict.word]}")


compare(sigmoid, fclab.REGRESSION, fclab.REGRESSION.but(layers=(8, 1)))

# %% [markdown] lang="ru"
# <a id="part-2"></a>
# ## Часть 2. Бинарная классификация, autograd
#
# XOR: класс 1 – там, где близка к единице ровно одна координата. Прямая такие точки не разделит,
# сеть со скрытым слоем – разделит. Производные вычисляет autograd.
#
# **Осторожно с логарифмом.** Если взять $p = \sigma(z)$ и потом
# $-y\ln p - (1-y)\ln(1-p)$, то при больших $|z|$ число $p$ округлится до 0 или 1, и потери станут
# бесконечными или NaN. Та же величина через сам логит безопасна при любом $z$:
#
# $$-y\ln\sigma(z) - (1-y)\ln(1-\sigma(z)) = \ln(1 + e^z) - y z$$

# %% [markdown] lang="en"
# <a id="part-2"></a>
# ## Part 2. Binary classification, autograd
#
# XOR: class 1 is where exactly one coordinate is near one. No straight line divides such points,
# a network with a hidden layer does. autograd computes the derivatives.
#
# **Mind the logarithm.** With $p = \sigma(z)$ first and $-y\ln p - (1-y)\ln(1-p)$ after it, a
# large $|z|$ rounds $p$ to 0 or 1, and the loss is infinite or NaN. The same quantity from the
# logit itself is safe at any $z$:
#
# $$-y\ln\sigma(z) - (1-y)\ln(1-\sigma(z)) = \ln(1 + e^z) - y z$$

# %%
corners = random.integers(2, size=(1000, 2))
points = corners + random.normal(scale=0.1, size=corners.shape)
# ru: другие данные: points, labels = sklearn.datasets.make_moons(1000, noise=0.025)
# en: other data: points, labels = sklearn.datasets.make_moons(1000, noise=0.025)
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
    # ru: softplus(z) = ln(1 + e^z)
    # en: softplus(z) = ln(1 + e^z)
    return F.softplus(z) - y * z


# ru: безопасность стоит увидеть: та же точка, наивно и через логит
# en: safety is worth seeing: the same point, naively and from the logit
z, one = torch.tensor(-200.0), torch.tensor(1.0)
print(-torch.log(torch.sigmoid(z)).item(), log_losses(z, one).item())

# %%
history = []
with progress(AUTOGRAD_STEPS, "autograd") as bar:
    for _ in range(AUTOGRAD_STEPS):
        loss = log_losses(logits(X), Y).sum()
        # ru: здесь работает autograd: в .grad каждого параметра
        # en: here autograd works: into .grad of every parameter
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= 1e-3 * parameter.grad
                # ru: иначе следующий backward() прибавит к старому
                # en: else the next backward() adds to the old one
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

# %% [markdown] lang="ru"
# **То же с fclab**, сразу на трёх облаках точек; тестовая выборка – новые точки, которых сеть не
# видела.

# %% [markdown] lang="en"
# **The same with fclab**, on three clouds of points at once; the test set is fresh points that
# the network has not seen.

# %%
clouds = [fclab.binary_points(shape) for shape in ("xor", "circles", "moons")]
runs = [next(fclab.train(cloud, [fclab.BINARY], [0])) for cloud in clouds]
runs[0]

# %%
for run, cloud in zip(runs, clouds, strict=True):
    display(decision_surface(run, cloud, LANG))

# %% [markdown] lang="ru"
# Много зёрен: сколько нейронов нужно для XOR? Сравниваются потери на новых точках.

# %% [markdown] lang="en"
# Many seeds: how many neurons does XOR need? The loss on fresh points is compared.

# %%
compare(clouds[0], fclab.BINARY, fclab.BINARY.but(layers=(3, 1)))

# %% [markdown] lang="ru"
# <a id="part-3"></a>
# ## Часть 3. Классификация изображений CIFAR-100
#
# Изображения классов: по 500 для обучения и по 100 для теста. fclab ищет CIFAR-100 на этом
# компьютере (переменная `FCLAB_DATA`, кэш), иначе скачивает (169 МБ). Сервер набора данных бывает
# очень медленным: свою папку или архив можно дать как `images(CLASSES, data="путь")`.

# %% [markdown] lang="en"
# <a id="part-3"></a>
# ## Part 3. Classification of CIFAR-100 images
#
# Images of the classes: 500 of each to learn from, 100 to test on. fclab looks for CIFAR-100 on
# this machine (the variable `FCLAB_DATA`, its cache), else it downloads it (169 MB). The server of
# the dataset can be very slow: a folder or archive of your own is given as
# `images(CLASSES, data="path")`.

# %%
dataset = fclab.notebook.images(CLASSES)
dataset

# %%
loaders = {}
for part in ("train", "test"):
    split = dataset.splits[part]
    tensors = TensorDataset(torch.tensor(split.x, dtype=torch.float32), torch.tensor(split.y))
    # ru: порядок важен только в обучении
    # en: the order matters in training only
    loaders[part] = DataLoader(tensors, batch_size=128, shuffle=part == "train")
for part, loader in loaders.items():
    print(part, len(loader.dataset), len(loader))

# %% [markdown] lang="ru"
# ### Одна сеть, два способа её записать
#
# `nn.Sequential` – список слоёв по порядку. Подкласс `nn.Module` – слои в `__init__`, вычисление в
# `forward`: длиннее, зато в `forward` можно написать что угодно. Нормализация не обучается, но
# принадлежит сети: как `register_buffer` она сохранится вместе с весами.

# %% [markdown] lang="en"
# ### One network, two ways to write it
#
# `nn.Sequential` is a list of layers in order. A subclass of `nn.Module` has its layers in
# `__init__` and the computation in `forward`: longer, but `forward` can hold anything. The
# normalisation is not trained but belongs to the network: as `register_buffer` it is saved with
# the weights.

# %%
HIDDEN = 10


class Normalize(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5074, 0.4867, 0.4411]))
        self.register_buffer("std", torch.tensor([0.2011, 0.1987, 0.2025]))

    def forward(self, images):
        return (images / 255 - self.mean) / self.std


torch.manual_seed(0)
sequential = nn.Sequential(
    Normalize(),
    nn.Flatten(),
    nn.Linear(32 * 32 * 3, HIDDEN),
    nn.ReLU(),
    nn.Linear(HIDDEN, len(CLASSES)),
)


class Network(nn.Module):
    def __init__(self, hidden, classes):
        super().__init__()
        self.normalize = Normalize()
        self.hidden = nn.Linear(32 * 32 * 3, hidden)
        self.output = nn.Linear(hidden, classes)

    def forward(self, images):
        x = self.normalize(images).flatten(start_dim=1)
        return self.output(torch.relu(self.hidden(x)))


network = Network(HIDDEN, len(CLASSES))
network

# %% [markdown] lang="ru"
# Это одна и та же функция: с одинаковыми весами ответы совпадают. Веса лежат в `state_dict`, по
# именам; имена у двух записей разные, порядок один.

# %% [markdown] lang="en"
# They are the same function: with the same weights the answers are equal. The weights are in the
# `state_dict`, by name; the two have different names and one order.

# %%
weights = sequential.state_dict()
network.load_state_dict(dict(zip(network.state_dict(), weights.values(), strict=True)))

batch, _ = next(iter(loaders["test"]))
with torch.no_grad():
    assert torch.equal(sequential(batch), network(batch))
for mine, other in zip(network.state_dict().items(), weights, strict=True):
    print(f"{mine[0]:<16} {other:<10} {tuple(mine[1].shape)}")

# %% [markdown] lang="ru"
# ### Обучение
#
# Последний батч эпохи меньше других, поэтому среднее по батчам – не среднее по примерам. Потери
# батча умножаются на число его примеров и делятся на размер выборки.

# %% [markdown] lang="en"
# ### Training
#
# The last batch of an epoch is smaller than the others, so the mean over batches is not the mean
# over examples. The loss of a batch is multiplied by its examples and divided by the size of the
# whole set.

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
label = "эпохи"  # ru
label = "epochs"  # en
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
names = [name.text(LANG) for name in dataset.class_names]
print(classification_report(dataset.test.y, answers, target_names=names, digits=3))

# %% [markdown] lang="ru"
# Имена строк взяты из `dataset.class_names`: там они стоят в том же порядке, что и метки. В
# ноутбуке задания это не так:

# %% [markdown] lang="en"
# The names of the lines come from `dataset.class_names`, where they are in the order of the
# labels. In the lab's own notebook they are not:

# %%
print(*trap(CLASSES, LANG), sep="\n")

# %% [markdown] lang="ru"
# ### Сохранить и прочитать
#
# Сохраняются не объекты, а числа: `state_dict`. `weights_only=True` разрешает в файле только
# тензоры и простые контейнеры: обычный pickle при чтении выполнил бы любой код, который в нём
# спрятан.

# %% [markdown] lang="en"
# ### Save and load
#
# Numbers are saved, not objects: the `state_dict`. `weights_only=True` allows only tensors and
# plain containers in the file: an ordinary pickle would run any code hidden in it.

# %%
torch.save(network.state_dict(), "network.pt")

restored = Network(HIDDEN, len(CLASSES))
restored.load_state_dict(torch.load("network.pt", weights_only=True))
restored.eval()
with torch.no_grad():
    assert torch.equal(network(batch), restored(batch))

# %% [markdown] lang="ru"
# **То же с fclab.** Рецепт – это сеть и её обучение в записи задания; он показывает свои слои, а
# запуск – свои результаты.

# %% [markdown] lang="en"
# **The same with fclab.** A recipe is a network and its training in the lab's notation; it shows
# its layers, and a run its results.

# %%
recipe = fclab.CIFAR.but(layers=(10, len(CLASSES)), epochs=EPOCHS)
recipe

# %%
run = next(fclab.train(dataset, [recipe], [0]))
run

# %% [markdown] lang="ru"
# Веса первого слоя в форме изображения: что ищет каждый нейрон.

# %% [markdown] lang="en"
# The weights of the first layer in the shape of an image: what each neuron looks for.

# %%
first_layer(run, LANG)

# %% [markdown] lang="ru"
# ### Много зёрен
#
# Тестовых изображений всего сто на класс, а начальные веса и порядок батчей случайны. Точность
# одного запуска – случайное число; посмотрим, насколько.

# %% [markdown] lang="en"
# ### Many seeds
#
# There are only 100 test images of a class, and initial weights and order of the batches are
# random. The accuracy of one run is a random number; let us see how random.

# %%
LABEL = f"зёрна × {SEEDS}"  # ru
LABEL = f"seeds × {SEEDS}"  # en
with progress(recipe.epochs * SEEDS, LABEL) as bar:
    runs = list(fclab.train(dataset, [recipe], range(SEEDS), progress=bar))
accuracies = [run.metrics["test_accuracy"] for run in runs]
spread = accuracy_over_seeds(accuracies, images=len(dataset.test))
print(f"{spread.least:.1%} … {spread.greatest:.1%}, sd {spread.sd:.1%}")
print(f"{spread.mean:.1%} [{spread.low:.1%}; {spread.high:.1%}]")

plt.figure(figsize=(7, 1.2))
plt.plot(accuracies, np.zeros(len(accuracies)), "o", alpha=0.5)
plt.yticks([])
plt.xlabel("точность на тесте")  # ru
plt.xlabel("test accuracy")  # en
plt.show()

# %% [markdown] lang="ru"
# <a id="tasks"></a>
# ## Задания для самостоятельной работы
#
# Исследование делает шаги заданий по порядку: находит эпоху переобучения, останавливается на ней,
# меняет размер батча при том же числе итераций, уменьшает скорость обучения, меняет слои. Каждая
# строка обучается от многих зёрен и сравнивается со своей предыдущей; запуски сохраняются, поэтому
# второй раз ничего не обучается заново.
#
# Это то же исследование, что у команд `fclab run`, `fclab study`, `fclab table` и `fclab report` в
# этой папке: свои строки, добавленные здесь или командой `fclab study add`, видны и там, и тут.
# Если оно уже сделано от большего числа зёрен или с другими строками, они остаются: ячейка задаёт
# рецепт строки `base` и лишь дополняет остальное.

# %% [markdown] lang="en"
# <a id="tasks"></a>
# ## Self-study tasks
#
# A study takes the steps of the tasks in order: it finds the over-fitting epoch, stops there,
# changes the batch size at the same number of iterations, lowers the learning rate, changes the
# layers. Every row is trained from many seeds and compared with the row before it; runs are kept,
# so nothing is trained a second time.
#
# It is the study of the commands `fclab run`, `fclab study`, `fclab table` and `fclab report` in
# this folder: rows of your own, added here or by `fclab study add`, are seen there and here. If it
# was done from more seeds or with other rows already, they stay: the cell gives the recipe of the
# row `base` and only adds to the rest.

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
# ru: команды запускались в другой папке: find_store("../папка/results/store.db")
# en: the commands were run in another folder: find_store("../folder/results/store.db")
STORE = fclab.notebook.find_store()
label = "исследование"  # ru
label = "study"  # en
with fclab.Store(STORE) as store, progress(label=label) as bar:
    STUDY, study = fclab.do_study(store, dataset, settings, widen=True, progress=bar)
table = fclab.final_table(study)
study

# %% [markdown] lang="ru"
# ### Задание 1
#
# Проанализируйте результаты обучения вашей модели. Что говорит о ней точность на обучающей и
# тестовой выборке? С какими классами модель справляется лучше и почему?

# %% [markdown] lang="en"
# ### Task 1
#
# Analyse the results of training. What do the accuracies on the training and the test set say
# about the model? With which classes does it do better, and why?

# %%
base = table.line("base")
print(f"train {base.train.mean:.1%}, test {base.test.mean:.1%}")
for name, share in zip(names, base.recall, strict=True):
    print(f"{name:>20}: {share:.1%}")
confusion_matrix(run, "test", LANG)

# %% [markdown] lang="ru" tags=["answer"]
# **Ваш ответ:** …

# %% [markdown] lang="en" tags=["answer"]
# **Your answer:** …

# %% [markdown] lang="ru"
# ### Задание 2
#
# Проанализируйте результаты обучения. Возникает ли переобучение вашей модели? Что необходимо
# сделать, чтобы нивелировать это (не используя регуляризацию)?

# %% [markdown] lang="en"
# ### Task 2
#
# Analyse the results of training. Does the model over-fit? What has to be done about it (without
# regularisation)?

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

# %% [markdown] lang="ru" tags=["answer"]
# **Ваш ответ:** …

# %% [markdown] lang="en" tags=["answer"]
# **Your answer:** …

# %% [markdown] lang="ru"
# ### Задание 3
#
# Измените размер батча, но сохраните общее количество итераций. Проанализируйте результаты
# обучения с новыми гиперпараметрами. Что изменилось и почему?

# %% [markdown] lang="en"
# ### Task 3
#
# Change the batch size but keep the total number of iterations. Analyse the results of training
# with the new hyper-parameters. What has changed, and why?

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

# %% [markdown] lang="ru" tags=["answer"]
# **Ваш ответ:** …

# %% [markdown] lang="en" tags=["answer"]
# **Your answer:** …

# %% [markdown] lang="ru"
# ### Задание 4
#
# Уменьшите скорость обучения и увеличьте общее количество итераций, чтобы повысить точность модели.

# %% [markdown] lang="en"
# ### Task 4
#
# Lower the learning rate and raise the total number of iterations, to raise the accuracy.

# %%
excerpt(table, "lr")

# %% [markdown] lang="ru" tags=["answer"]
# **Ваш ответ:** …

# %% [markdown] lang="en" tags=["answer"]
# **Your answer:** …

# %% [markdown] lang="ru"
# ### Задание 5
#
# Измените вашу модель – поменяйте количество нейронов и слоев. Проанализируйте результаты обучения
# новой модели. Найдите лучшие гиперпараметры для этой модели.

# %% [markdown] lang="en"
# ### Task 5
#
# Change the model: other numbers of neurons and layers. Analyse the results of training the new
# model. Find the best hyper-parameters for it.

# %%
excerpt(table, "layers")

# %% [markdown] lang="ru"
# Своя строка: задайте, что меняется и в какой строке. Обучается только она, остальное уже есть.
# С прежним именем она заменит прежнюю, с новым встанет рядом; убирает строку команда
# `fclab study remove flip`.

# %% [markdown] lang="en"
# A row of your own: give what it changes and in which row. Only it is trained, the rest is there
# already. Under the same name it takes the place of the row before, under a new one it stands
# beside it; the command `fclab study remove flip` removes a row.

# %%
mine = {"flip": True, "epochs": 2 * stop.epochs}
own = [fclab.Own(name="flip", parent="stop", changes=mine)]
label = "своя строка"  # ru
label = "own row"  # en
with fclab.Store(STORE) as store, progress(label=label) as bar:
    _, study = fclab.do_study(store, dataset, settings, own=own, widen=True, progress=bar)
table = fclab.final_table(study)
excerpt(table, "own")

# %% [markdown] lang="ru" tags=["answer"]
# **Ваш ответ:** …

# %% [markdown] lang="en" tags=["answer"]
# **Your answer:** …

# %% [markdown] lang="ru"
# ### Задание 6
#
# Укажите, какие действия помогли повысить точность вашей модели и объясните почему.
#
# По убыванию: сначала доказанные улучшения, затем остальные шаги.

# %% [markdown] lang="en"
# ### Task 6
#
# Say which actions helped to raise the accuracy of the model, and explain why.
#
# In order: proven improvements first, then the other steps.


# %%
def table_of_today():
    # ru: и со строками, которые с тех пор добавлены или убраны командами
    # en: with the rows, too, that commands have added or removed since
    with fclab.Store(STORE) as store:
        return fclab.final_table(fclab.load_study(store, STUDY))


for line in table_of_today().ranking:
    found = line.verdict
    print(
        f"{line.row.name:<12} {100 * found.difference:+5.1f} "
        f"[{100 * found.low:+5.1f}; {100 * found.high:+5.1f}]  {WORDS[found.word]}"
    )

# %% [markdown] lang="ru" tags=["answer"]
# **Ваш ответ:** …

# %% [markdown] lang="en" tags=["answer"]
# **Your answer:** …

# %% [markdown] lang="ru"
# ## Итоговая таблица

# %% [markdown] lang="en"
# ## The final table

# %%
table_of_today()

# %% [markdown] lang="ru"
# ## Контрольные вопросы
#
# Где в ноутбуке искать опору для ответа:
#
# 1. Полносвязная нейронная сеть, структура, вычисления, назначение слоёв и составляющих нейронов –
#    формулы [части 1](#part-1), `forward` в [части 3](#part-3).
# 2. Количество нейронов, связей и весов – таблица слоёв рецепта в [части 3](#part-3).
# 3. Задачи регрессии и классификации, их функции потерь – [часть 1](#part-1),
#    [часть 2](#part-2), [часть 3](#part-3);
#    [`nn.CrossEntropyLoss`](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
# 4. Структура набора данных, назначение его частей – начало [части 3](#part-3).
# 5. Алгоритм стохастического градиентного спуска, его гиперпараметры; пакетный и стохастический
#    спуск – циклы [части 1](#part-1) (пакетный) и [части 3](#part-3) (стохастический);
#    [`optim.SGD`](https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
# 6. Эпоха, итерация, батч – арифметика задания 3 в [заданиях](#tasks).
# 7. Обучение с учителем, без учителя, с подкреплением – все три части работы – обучение с
#    учителем: у каждого примера есть правильный ответ.

# %% [markdown] lang="en"
# ## Control questions
#
# Where in this notebook to find support for the answer:
#
# 1. The fully connected network, its structure, computations, the purpose of layers and of the
#    neurons they consist of: the formulas of [part 1](#part-1), `forward` in [part 3](#part-3).
# 2. The numbers of neurons, connections and weights: the recipe's table of layers in
#    [part 3](#part-3).
# 3. Regression and classification, their loss functions: [part 1](#part-1), [part 2](#part-2),
#    [part 3](#part-3);
#    [`nn.CrossEntropyLoss`](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
# 4. The structure of a dataset, the purpose of its parts: the beginning of [part 3](#part-3).
# 5. Stochastic gradient descent, its hyper-parameters; batch and stochastic descent: the loops of
#    [part 1](#part-1) (batch) and [part 3](#part-3) (stochastic);
#    [`optim.SGD`](https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
# 6. Epoch, iteration, batch: the arithmetic of task 3 in the [tasks](#tasks).
# 7. Supervised, unsupervised and reinforcement learning: all three parts of the lab are
#    supervised, every example comes with its right answer.
