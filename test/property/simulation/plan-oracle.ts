import type { BaselineEntry, RelPath, SyncMode } from '../../../common/model.ts'
import { isWithin } from '../../../common/paths.ts'
import type { ScanScope } from '../../../main/engine/scan/scanner.ts'
import type { PlannedAction } from '../../../main/state/store.ts'
import type { ModelSource } from '../../fakes/model-source.ts'
import { standingOf, Violation, type StateCells } from './cells.ts'
import type { ModelScanner } from './model-scanner.ts'
import type { ModelTarget } from './model-target.ts'

/** Everything a plan follows from, as it was when the pass began. Nothing changes while a pass of this model runs. */
export interface PlanFacts {
  readonly mode: SyncMode
  readonly rules: { readonly guardFiles: number; readonly guardPercent: number }
  readonly scopes: readonly ScanScope[] | 'everything'
  readonly source: ModelSource
  readonly scanner: ModelScanner
  readonly target: ModelTarget
  readonly baseline: ReadonlyMap<RelPath, BaselineEntry>
  readonly baselineFiles: number
  /** Content last agreed on by path, whatever became of the state; `undefined` for folders. */
  readonly agreed: ReadonlyMap<RelPath, string | undefined>
  /** Another disk or folder stands where the known one was. */
  readonly isSuspect: boolean
  readonly isCompared: boolean
}

/** Judges a plan by the invariants that need nothing but the three trees. Throws a Violation. */
export function judgePlan(facts: PlanFacts, planned: readonly PlannedAction[], isFinished: boolean): void {
  for (const each of planned) {
    judgePrecondition(facts, each)
    if (each.action.kind === 'delete') judgeDeletion(facts, each, isFinished)
  }
  judgeGuard(facts, planned)
}

/** I3: whatever may destroy something says what it expects to find. */
function judgePrecondition({ baseline, target }: PlanFacts, { action }: PlannedAction): void {
  const { kind, path, expect } = action
  const base = baseline.get(kind === 'move' ? action.from : path)
  const baseTag = base?.remote.etag
  const wrong = (wanted: string): never => {
    throw new Violation('I3', `${kind} expects ${JSON.stringify(expect)} and not ${wanted}`, path)
  }
  const must = (isRight: boolean, wanted: string): void => void (isRight || wrong(wanted))
  const isBase = expect.kind === 'etag' && expect.etag === baseTag
  switch (kind) {
    case 'upload':
      return must(action.base === undefined ? expect.kind === 'absent' : isBase, 'its base or nothing')
    case 'move':
      return must(isBase, 'what was agreed on')
    case 'adopt':
      return must(expect.kind === 'etag' || target.objects.get(path)?.content === undefined, 'what was listed')
    case 'delete':
    case 'metadata':
      return must(base?.kind === 'directory' || isBase, 'what was agreed on')
    case 'make-directory':
    case 'forget':
      return
  }
}

/** I6, I12: only what the source surely lost, never in backup mode, never before both sides were compared. */
function judgeDeletion(facts: PlanFacts, { action, hold }: PlannedAction, isFinished: boolean): void {
  const { path } = action
  const wrong = (invariant: string, why: string): never => {
    throw new Violation(invariant, `a deletion was planned ${why}`, path)
  }
  if (facts.mode === 'backup') wrong('I6', 'in backup mode')
  if (!isFinished) wrong('I12', 'though a listing broke off')
  if (!facts.isCompared) wrong('I10', 'before the sides were compared')
  if (facts.isSuspect && hold === undefined) wrong('I12', 'though another folder stands there')
  if (facts.source.entry(path) !== undefined) wrong('I12', 'of what is there')
  if (facts.scanner.lockAbove(path) !== undefined) wrong('I12', 'below a folder that cannot be read')
  const base = facts.baseline.get(path)
  if (base === undefined) return wrong('I12', 'of what was never agreed on')
  if (renamed(facts, base) !== undefined) wrong('I13', `of what was renamed to ${renamed(facts, base)}`)
}

/** Where the file went, if the source still has it under another name that this pass looked at and that is new to both sides. */
function renamed({ source, scanner, baseline, scopes, target }: PlanFacts, base: BaselineEntry): RelPath | undefined {
  if (base.kind !== 'file' || base.size === 0) return undefined
  const twins = [...baseline.values()].filter(
    ({ identity, size, mtimeNs }) =>
      identity?.inode === base.identity?.inode && size === base.size && mtimeNs === base.mtimeNs,
  )
  if (twins.length > 1) return undefined
  return source.paths.find((path) => {
    if (baseline.has(path) || target.objects.has(path) || scanner.lockAbove(path) !== undefined) return false
    if (scopes !== 'everything' && !scopes.some((scope) => scope.recursive && isWithin(path, scope.path))) return false
    const { identity, size, mtimeNs, kind } = source.entry(path)!
    return kind === 'file' && identity?.inode === base.identity?.inode && size === base.size && mtimeNs === base.mtimeNs
  })
}

/** I13: no more deletions than a person would expect, unless one agrees. */
function judgeGuard({ rules, baselineFiles, scopes, source }: PlanFacts, planned: readonly PlannedAction[]): void {
  const deletions = planned.filter(({ action }) => action.kind === 'delete')
  const allowed = Math.max(rules.guardFiles, Math.floor((baselineFiles * rules.guardPercent) / 100))
  const isEmptied = scopes === 'everything' && source.files.size === 0 && baselineFiles > 1
  const isTooMany = deletions.length > allowed || (isEmptied && deletions.length > 0)
  if (isTooMany && deletions.some(({ hold }) => hold === undefined))
    throw new Violation('I13', `${deletions.length} deletions with ${allowed} allowed were let through`)
}

/** Counts the situation of every path that both sides ever agreed on a file at. */
export function countCells({ agreed, source, baseline, target }: PlanFacts, cells: StateCells): void {
  const files = source.files
  for (const [path, content] of agreed) {
    if (content === undefined) continue
    cells.count(
      standingOf(files.get(path), content),
      standingOf(baseline.get(path)?.contentHash, content),
      standingOf(target.objects.get(path)?.content, content),
    )
  }
}
