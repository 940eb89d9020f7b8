import type { BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { RESERVED_DIRECTORY } from '../../common/paths.ts'
import { TaskControl } from '../fs/control.ts'
import { systemCode } from '../fs/system-code.ts'
import type { IgnoreSurvey, SurveyedRule, SurveyIgnored } from '../tasks.ts'
import { Exclusions } from '../walk/exclusions.ts'
import { realFiles, type WalkFiles } from '../walk/files.ts'
import { WalkRoot } from '../walk/root.ts'
import { orderOuterLines } from './explain.ts'
import { IGNORE_FILE, IgnoreLevel } from './ignore-level.ts'
import type { IgnoreLine } from './layer.ts'

/** More lines than this that leave something out are counted together, without a row of their own. */
const MAX_RULES = 500

/** A directory still to be looked into: with the rules in force there, or below the line that leaves it out. */
type Due = { readonly path: string } & ({ readonly level: IgnoreLevel } | { readonly by: Rule })

type Rule = { -readonly [K in keyof SurveyedRule]: SurveyedRule[K] }

/**
 * Counts what the rules of a folder keep and leave out, line by line, going into what is left out, too. Tells what it
 * counted until then when it is cancelled. Throws `not-found`, `forbidden` or `unavailable` for a root that cannot be read.
 */
export function surveyIgnored(params: SurveyIgnored, files: WalkFiles = realFiles): IgnoreSurvey {
  return new Survey(params, files).run()
}

class Survey {
  readonly #params: SurveyIgnored
  readonly #files: WalkFiles
  readonly #root: WalkRoot
  readonly #exclusions: Exclusions
  readonly #control: TaskControl
  readonly #rules = new Map<IgnoreLine, Rule>()
  readonly #kept = { files: 0, bytes: 0 }
  readonly #left = { files: 0, bytes: 0 }

  constructor(params: SurveyIgnored, files: WalkFiles) {
    this.#params = params
    this.#files = files
    this.#root = new WalkRoot(params.root, files)
    const excluded = [...params.excludedPaths, join(params.root, RESERVED_DIRECTORY)]
    this.#exclusions = new Exclusions(this.#root.resolve(''), excluded, files)
    this.#control = new TaskControl(params.control)
  }

  run(): IgnoreSurvey {
    const { globalLines, folderLines } = this.#params
    const outermost = IgnoreLevel.outermost(orderOuterLines({ global: globalLines, folder: folderLines }))
    const complete = this.#walk({ path: '', level: outermost })
    const rules = [...this.#rules.values()].sort((a, b) => b.bytes - a.bytes || b.files - a.files)
    return { kept: this.#kept, left: this.#left, rules, complete }
  }

  /** False when it was cancelled on the way. */
  #walk(first: Due): boolean {
    const stack = [first]
    for (let due = stack.pop(); due !== undefined; due = stack.pop()) {
      if (this.#control.isCancelled) return false
      this.#lookInto(due, stack)
    }
    return true
  }

  #lookInto(due: Due, stack: Due[]): void {
    const names = this.#namesIn(due.path)
    const level = 'level' in due ? this.#levelIn(due.path, names, due.level) : undefined
    for (const name of names) {
      const path = due.path === '' ? name : `${due.path}/${name}`
      const stat = this.#lstat(path)
      if (stat === undefined) continue
      const isDirectory = stat.isDirectory()
      if (this.#exclusions.has(path, isDirectory, stat)) continue
      const line = level?.ignoredBy(path, isDirectory)
      const by = 'by' in due ? due.by : line === undefined ? undefined : this.#ruleOf(line, path)
      if (isDirectory && stat.dev === this.#root.device) stack.push({ path, ...(by ? { by } : { level: level! }) })
      else if (stat.isFile()) this.#count(by, Number(stat.size))
    }
  }

  #levelIn(path: string, names: readonly string[], outer: IgnoreLevel): IgnoreLevel {
    const file = path === '' ? IGNORE_FILE : `${path}/${IGNORE_FILE}`
    const text = names.includes(IGNORE_FILE) ? this.#files.readIgnoreFile(this.#root.resolve(file)) : undefined
    return outer.below(path, text)
  }

  #count(by: Rule | undefined, sizeBytes: number): void {
    const sums = by === undefined ? [this.#kept] : [this.#left, by]
    for (const sum of sums) {
      sum.files++
      sum.bytes += sizeBytes
    }
  }

  #ruleOf(line: IgnoreLine, example: string): Rule {
    const known = this.#rules.get(line)
    if (known !== undefined) return known
    const rule = { ...line, files: 0, bytes: 0, example }
    if (this.#rules.size < MAX_RULES) this.#rules.set(line, rule)
    return rule
  }

  /** What cannot be read is left uncounted: the folder's own problems tell of it. Only the root must be there. */
  #namesIn(path: string): readonly string[] {
    try {
      return this.#files.list(this.#root.resolve(path)).names.filter((name) => name.isWellFormed())
    } catch (error) {
      if (path === '' || systemCode(error) === '') throw error
      return []
    }
  }

  #lstat(path: string): BigIntStats | undefined {
    try {
      return this.#files.lstat(this.#root.resolve(path))
    } catch (error) {
      if (systemCode(error) === '') throw error
      return undefined
    }
  }
}
