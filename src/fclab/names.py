"""The 100 fine classes of CIFAR-100 by number, English and Russian name.

The order is that of ``fine_label_names`` in the official ``meta`` file (Krizhevsky 2009,
"Learning Multiple Layers of Features from Tiny Images"); English names are written with spaces.
"""

from fclab.dataset import ClassName

_NAMES = """
apple: яблоко
aquarium fish: аквариумная рыбка
baby: младенец
bear: медведь
beaver: бобр
bed: кровать
bee: пчела
beetle: жук
bicycle: велосипед
bottle: бутылка
bowl: миска
boy: мальчик
bridge: мост
bus: автобус
butterfly: бабочка
camel: верблюд
can: консервная банка
castle: замок
caterpillar: гусеница
cattle: крупный рогатый скот
chair: стул
chimpanzee: шимпанзе
clock: часы
cloud: облако
cockroach: таракан
couch: диван
crab: краб
crocodile: крокодил
cup: чашка
dinosaur: динозавр
dolphin: дельфин
elephant: слон
flatfish: камбала
forest: лес
fox: лиса
girl: девочка
hamster: хомяк
house: дом
kangaroo: кенгуру
keyboard: клавиатура
lamp: лампа
lawn mower: газонокосилка
leopard: леопард
lion: лев
lizard: ящерица
lobster: омар
man: мужчина
maple tree: клён
motorcycle: мотоцикл
mountain: гора
mouse: мышь
mushroom: гриб
oak tree: дуб
orange: апельсин
orchid: орхидея
otter: выдра
palm tree: пальма
pear: груша
pickup truck: пикап
pine tree: сосна
plain: равнина
plate: тарелка
poppy: мак
porcupine: дикобраз
possum: опоссум
rabbit: кролик
raccoon: енот
ray: скат
road: дорога
rocket: ракета
rose: роза
sea: море
seal: тюлень
shark: акула
shrew: землеройка
skunk: скунс
skyscraper: небоскрёб
snail: улитка
snake: змея
spider: паук
squirrel: белка
streetcar: трамвай
sunflower: подсолнух
sweet pepper: сладкий перец
table: стол
tank: танк
telephone: телефон
television: телевизор
tiger: тигр
tractor: трактор
train: поезд
trout: форель
tulip: тюльпан
turtle: черепаха
wardrobe: платяной шкаф
whale: кит
willow tree: ива
wolf: волк
woman: женщина
worm: червь
"""

CLASS_NAMES: tuple[ClassName, ...] = tuple(
    ClassName(number, *line.split(": ")) for number, line in enumerate(_NAMES.split("\n")[1:-1])
)
"""All fine classes in official order: ``CLASS_NAMES[55]`` is (55, "otter", "выдра")."""
