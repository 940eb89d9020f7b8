import { describe, expect, it } from 'vitest'
import { toRelPath } from '../../common/paths.ts'
import { areaOf, type Check, type CheckContext, type Need } from '../../main/providers/conformance/check.ts'
import { CHECKS } from '../../main/providers/conformance/checks.ts'
import { runCheck } from '../../main/providers/conformance/run.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'

/** What a provider is run with, and what it says it cannot do. */
export interface ConformanceSubject {
  readonly provider: () => TargetProvider
  readonly localContent?: CheckContext['localContent']
  readonly again?: CheckContext['again']
  readonly pageEntries?: CheckContext['pageEntries']
  /** Only these. */
  readonly checks?: readonly Check[]
  /** Needs of checks this provider does not meet; compared with what the run found, so that nothing is left out silently. */
  readonly lacks: readonly Need[]
}

/** One test for each check. */
export function testConformance(name: string, subject: ConformanceSubject): void {
  describe(`${name} as a target`, () => {
    const lacking = new Set<string>()
    const { checks = CHECKS } = subject
    checks.forEach((check, number) => {
      it(check.name, async () => {
        const { localContent, again, pageEntries } = subject
        const result = await runCheck(check, {
          provider: subject.provider(),
          area: areaOf(toRelPath('checks'), number),
          signal: new AbortController().signal,
          ...(localContent === undefined ? {} : { localContent }),
          ...(again === undefined ? {} : { again }),
          ...(pageEntries === undefined ? {} : { pageEntries }),
        })
        if (result.outcome === 'not-applicable') {
          for (const need of check.needs ?? []) if (subject.lacks.includes(need)) lacking.add(need)
          expect(
            check.needs?.some((need) => subject.lacks.includes(need)),
            result.reason,
          ).toBe(true)
        } else expect(result.reason).toBeUndefined()
      })
    })

    it('lacks exactly what it is said to lack', () => {
      expect([...lacking].sort()).toEqual([...subject.lacks].sort())
    })
  })
}
