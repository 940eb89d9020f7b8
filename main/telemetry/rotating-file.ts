import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDirectories } from '../make-directories.ts'

/** Options of {@link RotatingFile}. */
export interface RotatingFileOptions {
  /** Absolute; older parts are `<path>.1` (newest) and up. */
  readonly path: string
  readonly maxBytes: number
  /** How many files there are at most, this one included. */
  readonly files: number
}

/**
 * A log file of bounded size, owner-only. Written synchronously, so the last lines before a crash
 * are there. Opened at the first line. A line that cannot be written (full disk) is dropped and
 * counted: logging never stops the work it tells of.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions
  #descriptor: number | undefined
  #sizeBytes = 0
  #dropped = 0

  constructor(options: RotatingFileOptions) {
    this.#options = options
  }

  /** Lines lost since the last that could be written. */
  get dropped(): number {
    return this.#dropped
  }

  /** `line` ends with a newline. */
  write(line: string): void {
    try {
      const bytes = Buffer.from(line)
      if (this.#descriptor === undefined) this.#open()
      if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#options.maxBytes) this.#rotate()
      this.#append(bytes)
    } catch {
      this.#dropped++
      this.close()
    }
  }

  close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) closeSync(descriptor)
  }

  #append(bytes: Uint8Array): void {
    if (this.#dropped > 0) {
      const note = Buffer.from(
        `${JSON.stringify({ level: 'warn', event: 'log lines dropped', count: this.#dropped })}\n`,
      )
      this.#sizeBytes += writeSync(this.#descriptor!, note)
      this.#dropped = 0
    }
    this.#sizeBytes += writeSync(this.#descriptor!, bytes)
  }

  #open(): void {
    makeDirectories(dirname(this.#options.path))
    this.#descriptor = openSync(this.#options.path, 'a', 0o600)
    this.#sizeBytes = fstatSync(this.#descriptor).size
  }

  #rotate(): void {
    const { path, files } = this.#options
    this.close()
    rmSync(`${path}.${files - 1}`, { force: true })
    for (let index = files - 2; index >= 0; index--) {
      const from = index === 0 ? path : `${path}.${index}`
      try {
        renameSync(from, `${path}.${index + 1}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    this.#open()
  }
}
