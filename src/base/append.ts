// Puts lists together whose length a document decides.

/** As `list.push(...more)`, which has an argument for each element: of a hundred thousand that is a RangeError. */
export function append<Element>(list: Element[], more: Iterable<Element>): void {
  for (const element of more) {
    list.push(element);
  }
}
