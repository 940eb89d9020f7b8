import { afterAll, describe, expect, it } from 'vitest'
import { toRelPath } from '../../common/paths.ts'
import { areaOf } from '../../main/providers/conformance/check.ts'
import { CHECKS } from '../../main/providers/conformance/checks.ts'
import { runCheck } from '../../main/providers/conformance/run.ts'
import { assemblingMemory } from './assembly-mutants.ts'
import { CHANGE_MUTANTS } from './change-mutants.ts'
import { createLocalContents } from './local-content.ts'
import { MUTANT_BY_CHECK } from './mutants.ts'

const contents = createLocalContents()
afterAll(() => contents.remove())

describe('each conformance check catches a fault made for it', () => {
  CHECKS.forEach((check, number) => {
    it(check.name, async () => {
      const subject = CHANGE_MUTANTS[check.name]?.() ?? { provider: MUTANT_BY_CHECK[check.name]?.() }
      expect(subject.provider, 'there is no mutant for this check').toBeDefined()
      const result = await runCheck(check, {
        ...subject,
        provider: subject.provider!,
        area: areaOf(toRelPath('mutants'), number),
        signal: new AbortController().signal,
        localContent: (bytes) => contents.make(bytes),
      })
      expect(result).toMatchObject({ outcome: 'failed' })
    })
  })

  it('has no mutant without a check', () => {
    const names = new Set(CHECKS.map(({ name }) => name))
    expect(names.size).toBe(CHECKS.length)
    const mutated = [...Object.keys(MUTANT_BY_CHECK), ...Object.keys(CHANGE_MUTANTS)]
    expect(mutated.filter((name) => !names.has(name))).toEqual([])
  })
})

describe('a provider that puts content together as it should', () => {
  CHECKS.filter(({ needs }) => needs?.includes('assemble')).forEach((check, number) => {
    it(check.name, async () => {
      const result = await runCheck(check, {
        provider: assemblingMemory(),
        area: areaOf(toRelPath('honest'), number),
        signal: new AbortController().signal,
        localContent: (bytes) => contents.make(bytes),
      })
      expect(result).toEqual({ name: check.name, outcome: 'passed' })
    })
  })
})
