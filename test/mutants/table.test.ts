import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { problemWith } from './mutant.ts'
import { FIELD_FAILURES, MUTANTS, NOT_APPLICABLE } from './table.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const textOf = (file: string): string | undefined => (existsSync(join(ROOT, file)) ? read(file) : undefined)

/** The checks that conformance tests run have their sentences there. */
const checks = globSync('{main/providers,test}/conformance/*checks.ts', { cwd: ROOT })

describe('the faults that the tests are held against (npm run test:mutants)', () => {
  it('still fit the source: the text of each stands there once', () => {
    const problems = MUTANTS.map((mutant) => [mutant.id, problemWith(mutant, textOf(mutant.file))])
    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([])
  })

  it('name tests that exist, and sentences that are in them', () => {
    const missing = MUTANTS.flatMap(({ id, tests, sentence = '' }) => {
      const absent = tests.filter((file) => !file.endsWith('.test.ts') || !existsSync(join(ROOT, file)))
      const isSaid = [...tests, ...checks].some((file) => !absent.includes(file) && read(file).includes(sentence))
      return [...absent, ...(isSaid ? [] : [sentence])].map((what) => `${id}: ${what}`)
    })
    expect(missing).toEqual([])
  })

  it('are at least the forty of the design, each under an id of its own, and half of them seen in the field', () => {
    const ids = [...MUTANTS, ...NOT_APPLICABLE].map(({ id }) => id)
    expect(ids.length).toBe(new Set(ids).size)
    const field = [...FIELD_FAILURES, ...NOT_APPLICABLE].map(({ id }) => Number(id.slice(1)))
    expect(field.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(MUTANTS.length).toBeGreaterThanOrEqual(40)
  })
})
