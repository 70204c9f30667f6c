// Lines and columns of a text, for people and for SARIF: from 1 on, columns in UTF-16 units.

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The lines of a text, which `\n` ends. */
export class Lines {
  private readonly starts: number[] = [0];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      this.starts.push(at + 1);
    }
  }

  /** Of an offset in UTF-16 units. */
  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.starts[middle] ?? 0) <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }

  /** A part of a line, without its end. */
  slice(line: number, from: number, to: number): string {
    const start = this.starts[line - 1] ?? this.text.length;
    const end = (this.starts[line] ?? this.text.length + 1) - 1;
    return this.text.slice(Math.min(start + from, end), Math.min(start + to, end)).replace(/\r$/, '');
  }

  /** How long a line is. */
  lengthOf(line: number): number {
    return (this.starts[line] ?? this.text.length + 1) - 1 - (this.starts[line - 1] ?? 0);
  }
}
