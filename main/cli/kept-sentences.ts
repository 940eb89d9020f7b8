import { count, formatBytes } from '../../common/format.ts'
import { retentionSentence } from '../../common/retention-text.ts'
import type { KeptReport, KeptTotal } from '../cleanup/kept-retention.ts'

/** What became of the earlier versions at a target, a sentence each. `costOf` adds to an amount what it costs. */
export function keptSentences(
  place: string,
  report: KeptReport,
  dryRun: boolean,
  costOf: (bytes: number) => string = () => '',
): readonly string[] {
  const { removed, later, onlyCopies, needed, notOurs, locked, refused, refusal, failed, kept, ofStore } = report
  const versions = ({ count: number, bytes }: KeptTotal): string =>
    `${count(number, 'earlier version')} (${formatBytes(bytes)}${costOf(bytes)})`
  const told: readonly (readonly [KeptTotal, string])[] = [
    [removed, `${dryRun ? 'Would let go of' : 'Let go of'} ${versions(removed)} kept at ${place}.`],
    [later, `${versions(later)} of that age go with the next runs: one run takes a week of them at most.`],
    [onlyCopies, `${versions(onlyCopies)} of that age stay: nothing else of those files is there.`],
    [needed, `${versions(needed)} of that age stay: a conflict, or work that is not finished, may need them.`],
    [notOurs, `${versions(notOurs)} of that age stay: they do not say that Tidekeep wrote them.`],
    [locked, `${versions(locked)} of that age stay: the bucket keeps them locked.`],
    [refused, `${versions(refused)} of that age stay. ${refusal?.message ?? ''} ${refusal?.fix ?? ''}`.trimEnd()],
    [failed, `${versions(failed)} could not be removed.`],
    [kept, `${versions(kept)} are kept at ${place}; "tidekeep undo" brings them back.`],
    [ofStore, `${versions(ofStore)} are kept by the bucket, until a lifecycle rule of it lets them go.`],
  ]
  const lines = told.flatMap(([total, sentence]) => (total.count === 0 ? [] : [sentence]))
  return removed.count + later.count === 0 ? lines : [...lines, retentionSentence(report.rules)]
}
