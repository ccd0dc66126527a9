"""Help in every language: paragraphs of docstrings are the keys of its texts."""

import re
import subprocess
import sys

import pytest
from helped import help_texts

from fclab.cli import commands, main
from fclab.cli.help import Help
from fclab.values.recipe import Recipe
from fclab.words.languages import LANGUAGES
from fclab.words.said import sentences

ENGLISH = help_texts()
OTHERS = sorted(set(LANGUAGES) - {"en"})

NAMES = (
    "CIFAR-100-python|CIFAR-100|CIFAR|PyTorch|Optuna|TPE|Markdown|TOML|JSON|CSV|Parquet|PNG|"
    "nchw|nhwc|onnx|ONNX|page|HTML|tensorboard|state_dict|float32|uint8|mlflow|MLflow|"
    "SGD|zip|autograd|mixup|dropout|init|uniform|Keras|torchvision|kagglehub|Face|Hugging|"
    "Szegedy|Zhang|iu5|guimc|foreign|apple|otter|pickup_truck|cifar100|synthetic|sigmoid|xor|"
    "circles|moons|train|test|lab1|lab|none|auto|reference|torch|sgd|adamw|adam|defence|"
    "schemes|details|methods|study|validation|regression|binary|cifar|stop|name|parent|"
    "comment|terminal|markdown|latex|csv|json|official|huggingface|kaggle|paddle|brainchip|"
    "Enter|locality|lr|report|run|notes|low|high|log|true|choices|layers|epochs|constant|relu|base"
)
"""Names of code, of data and of people."""

NOT_WORDS = [
    r"--?[a-z][\w-]*|`[^`]*`|\[\[?\w+\]\]?|\[(одно из|по умолчанию): [^\]]*\]|«[^»]*»",
    r"^ *fclab .*$|\bfclab( \w+)?\b(?!\.)|^(│|  ?) ?\w+ ",  # commands to copy, and their list
    r"postgresql://\S+|[\w.~-]*/[\w./~-]*|\b[\w-]+\.(db|csv|html|toml|ipynb|md|docx|pdf|log)\b",
    r"\b\w+\.(json|safetensors)|(?<!\w)\.(md|docx|csv)\b|\bFCLAB_\w+|\bFC\(\d+\)|\b(U|Beta)\(.*?\)",
    r"\barange\(\w+\)|\be\^u\b|\bown-\d\b|\b(ru|en)\b|ИУ5\S*",
    rf"\b({NAMES})\b|Ctrl-C|\b(tls|tcp)\b:?|\blocal:N\b",
]  # fmt: skip
"""What has Latin letters in Russian help and is no word: code, names, addresses."""


def shown(capsys, *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*words])
    assert ended.value.code == 0
    return capsys.readouterr().out


def keys(text: str) -> set[str]:
    """Under what a text may stand: itself, or without the value that a lab gives a field."""
    field = re.fullmatch(r"(.+); the lab: .+\.", text)
    return {text, f"{field[1]}."} if field else {text}


def test_there_is_help_of_every_command():
    assert set(commands()) <= ENGLISH.keys()
    assert sum(map(len, ENGLISH.values())) > 300


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("command", ENGLISH)
def test_every_text_of_help_has_its_sentence(command, lang):
    files = ("fclab", "options", command) if command != "fclab" else ("fclab",)
    there = sentences(lang, "help", *files)
    assert [text for text in ENGLISH[command] if keys(text).isdisjoint(there)] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_no_sentence_of_help_is_left_over(lang):
    used = {key for texts in ENGLISH.values() for text in texts for key in keys(text)}
    assert set(sentences(lang, "help")) - used == set()


@pytest.mark.parametrize("lang", OTHERS)
def test_a_sentence_stands_in_one_file(lang):
    own = {name: set(sentences(lang, "help", name)) for name in ("options", *ENGLISH)}
    for name, found in own.items():
        for other, more in own.items():
            assert name == other or found.isdisjoint(more), (name, other, found & more)


@pytest.mark.parametrize("command", ["", *commands()])
def test_russian_help_is_russian(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    page = shown(capsys, *([command] if command else []), "--help", "--lang", "ru")
    assert page.startswith("Запуск: fclab")
    for pattern in NOT_WORDS:
        page = re.sub(pattern, " ", page, flags=re.MULTILINE)
    assert re.findall(r"\b[A-Za-z]{2,}\b", page) == []
    assert len(re.findall("[а-яё]{3,}", page)) > 20


@pytest.mark.parametrize("command", ["", *commands()])
def test_english_help_is_english(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    page = shown(capsys, *([command] if command else []), "--help", "--lang", "en")
    assert page.startswith("Usage: fclab")
    page = re.sub(r"^ *(Start with: )?fclab .*$|ИУ5(-25М)?|ГУИМЦ|иностранцы|выдра", "", page,
                  flags=re.MULTILINE)  # fmt: skip
    assert re.findall("[А-Яа-яё]{2,}", page) == []


def test_help_of_a_command_within_a_command(capsys):
    page = shown(capsys, "study", "add", "--help", "--lang", "ru")
    assert page.startswith("Запуск: fclab study add [ПАРАМЕТРЫ]")
    assert "Имя строки; по умолчанию own-1, own-2, ..." in page


def test_the_value_of_the_lab_stands_behind_a_field(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    assert "Скорость обучения; в лабораторной: 0.005." in shown(
        capsys, "cifar", "--help", "--lang", "ru"
    )
    assert "Learning rate; the lab: 0.005." in shown(capsys, "cifar", "--help", "--lang", "en")
    assert "lr" in Recipe.model_fields


def test_help_says_what_it_cannot_word_in_english():
    assert Help("ru").worded("Of a stranger.") == "Of a stranger."


def test_help_is_in_the_language_of_the_system(tmp_path):
    for lang, first in (
        ("ru_RU.UTF-8", "Запуск: fclab КОМАНДА"),
        ("en_US", "Usage: fclab COMMAND"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "fclab"], capture_output=True, check=True, text=True,
            encoding="utf-8", cwd=tmp_path,
            env={"PATH": "", "LANG": lang, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert done.stdout.startswith(first)


def test_little_is_imported_for_the_list_of_commands():
    code = (
        "import sys\nfrom fclab.cli import main\n"
        "try: main(['--help', '--lang', 'ru'])\nexcept SystemExit: pass\n"
        "print({'babel', 'jinja2', 'numpy', 'pydantic', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, encoding="utf-8",
        env={"PATH": "", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "set()"
