"""The names of factors and levels in figures and tables, if their own names are not clear enough."""

LABELS = {
    "yolo": "Tiny-YOLO",
    "resnet": "ResNet26",
    "plain": "ResNet26 without skips",
    "vgg": "VGG-11",
    "batch": "with batch norm",
    "group": "with group norm",
    "layer": "with layer norm",
    "none": "without norm",
    "he": "He",
    "glorot": "Glorot",
    "lecun": "LeCun",
    "orthogonal": "orthogonal",
    "normal": "normal, sigma 0.01",
    "zero_residual": "He, zero residual",
    "arch": "architecture",
    "init": "initialisation",
    "lr": "learning rate",
}
