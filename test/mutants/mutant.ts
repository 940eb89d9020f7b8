/** One deliberate fault in the source, and the tests that are to notice it. */
export interface Mutant {
  /** `B4` for a failure seen in the field, `S12` for one of the others. */
  readonly id: string
  /** What the program does wrong with it. */
  readonly fault: string
  /** The source file, from the root of the project. */
  readonly file: string
  /** Stands exactly once in the file. Short and telling, so that it lives through changes around it. */
  readonly find: string
  readonly replace: string
  /** Test files that are run against it, from the root of the project. */
  readonly tests: readonly string[]
  /** Part of a title: only that test is run, and has to fail. Without it any test of the files may. */
  readonly sentence?: string
}

/** A fault that lost somebody's files elsewhere. The test that keeps it from coming back is named. */
export interface FieldFailure extends Mutant {
  /** What happened, and where it is told. */
  readonly seen: string
  readonly sentence: string
}

/** Why a mutant cannot be applied, or undefined. `text`: of its file; undefined where that is gone. */
export function problemWith({ file, find, replace }: Mutant, text: string | undefined): string | undefined {
  if (text === undefined) return `there is no ${file}`
  const count = text.split(find).length - 1
  if (count !== 1) return `its text stands ${count} times in ${file}, not once`
  return find === replace ? 'it changes nothing' : undefined
}

/** The text with the fault in it. Throws where {@link problemWith} has something to say. */
export function mutated(mutant: Mutant, text: string): string {
  const problem = problemWith(mutant, text)
  if (problem !== undefined) throw new Error(`${mutant.id}: ${problem}`)
  // A function, as a text would have its "$" replaced.
  return text.replace(mutant.find, () => mutant.replace)
}
