import { formatBytes } from '../../common/format.ts'
import { retentionSentence } from '../../common/retention-text.ts'
import type { KeptReport, KeptTotal } from '../cleanup/kept-retention.ts'
import { runTexts } from './run-texts.ts'

/** What became of the earlier versions at a target, a sentence each. `costOf` adds to an amount what it costs. */
export function keptSentences(
  place: string,
  report: KeptReport,
  dryRun: boolean,
  costOf: (bytes: number) => string = () => '',
): readonly string[] {
  const { removed, later, onlyCopies, needed, notOurs, locked, refused, refusal, failed, kept, ofStore } = report
  const versions = ({ count: n, bytes }: KeptTotal): string =>
    runTexts.keptSentences.versions({ n, amount: `${formatBytes(bytes)}${costOf(bytes)}` })
  const told: readonly (readonly [KeptTotal, string])[] = [
    [removed, runTexts.keptSentences.letGo({ dryRun, removed: versions(removed), place })],
    [later, runTexts.keptSentences.ofThatAgeGoWith({ n: later.count, later: versions(later) })],
    [
      onlyCopies,
      runTexts.keptSentences.ofThatAgeStayNothing({ n: onlyCopies.count, onlyCopies: versions(onlyCopies) }),
    ],
    [needed, runTexts.keptSentences.ofThatAgeStayA({ n: needed.count, needed: versions(needed) })],
    [notOurs, runTexts.keptSentences.ofThatAgeStayThey({ n: notOurs.count, notOurs: versions(notOurs) })],
    [locked, runTexts.keptSentences.ofThatAgeStayThe({ n: locked.count, locked: versions(locked) })],
    [
      refused,
      runTexts.keptSentences
        .ofThatAgeStay({
          n: refused.count,
          refused: versions(refused),
          message: refusal?.message ?? '',
          fix: refusal?.fix ?? '',
        })
        .trimEnd(),
    ],
    [failed, runTexts.keptSentences.couldNotBeRemoved({ failed: versions(failed) })],
    [kept, runTexts.keptSentences.areKeptAtTidekeepUndo({ n: kept.count, kept: versions(kept), place })],
    [ofStore, runTexts.keptSentences.areKeptByTheBucket({ n: ofStore.count, ofStore: versions(ofStore) })],
  ]
  const lines = told.flatMap(([total, sentence]) => (total.count === 0 ? [] : [sentence]))
  return removed.count + later.count === 0 ? lines : [...lines, retentionSentence(report.rules)]
}
