import { ABILITY_CHECKS } from './ability-checks.ts'
import { ASSEMBLY_CHECKS } from './assembly-checks.ts'
import { CHANGE_CHECKS } from './change-checks.ts'
import type { Check } from './check.ts'
import { CONTENT_CHECKS } from './content-checks.ts'
import { FAILURE_CHECKS } from './failure-checks.ts'
import { KEEPING_CHECKS } from './keeping-checks.ts'
import { FOLDING_CHECKS } from './folding-checks.ts'
import { LISTING_CHECKS } from './listing-checks.ts'
import { PRECONDITION_CHECKS } from './precondition-checks.ts'

/**
 * Every behaviour a target provider has to have, as data: run by the tests for each provider, by
 * mutants that each must fail, and by `tidekeep provider check`. Names are unique.
 */
export const CHECKS: readonly Check[] = [
  ...CONTENT_CHECKS,
  ...FAILURE_CHECKS,
  ...PRECONDITION_CHECKS,
  ...LISTING_CHECKS,
  ...FOLDING_CHECKS,
  ...ABILITY_CHECKS,
  ...ASSEMBLY_CHECKS,
  ...KEEPING_CHECKS,
  ...CHANGE_CHECKS,
]
