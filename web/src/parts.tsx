/** The parts of the page: one line for each. */
import type { ComponentType } from "preact";
import { Binary } from "./binary/binary";
import { Cifar } from "./cifar/cifar";
import { Picture } from "./picture/picture";
import { Regression } from "./regression/regression";
import { Studies } from "./studies/studies";

/** In the order of the tabs; the title is the text `<name>.title`. */
export const parts: Record<string, ComponentType> = {
  regression: Regression,
  binary: Binary,
  cifar: Cifar,
  studies: Studies,
  picture: Picture,
};
