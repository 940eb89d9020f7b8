import type { Command as Commander } from 'commander'
import type { Host, Paths } from '../host.ts'
import type { ConsoleIo } from './console-io.ts'
import type { Interrupts } from './interrupts.ts'
import type { Output } from './output.ts'
import type { Ports } from './ports.ts'

/** What every command gets. */
export interface Context {
  readonly io: ConsoleIo
  readonly output: Output
  readonly ports: Ports
  readonly paths: Paths
  readonly interrupts: Interrupts
  /** The whole command tree. */
  readonly program: Commander
  /** The host of this invocation, made when first asked for. */
  host(): Promise<Host>
  /** `path` as typed, made absolute against the working directory. */
  absolute(path: string): string
}

/** What was typed after the command's name. Options are what the parsers of `program.ts` made of them. */
export interface Input {
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
}

/** One command. Resolves with the exit code; throws what ends the command as a whole. */
export type Command = (context: Context, input: Input) => Promise<number>
