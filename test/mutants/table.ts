import { ENGINE_FAULTS } from './engine-faults.ts'
import { FIELD_FAILURES } from './field-failures.ts'
import type { Mutant } from './mutant.ts'
import { NETWORK_FAULTS } from './network-faults.ts'
import { QUIET_FAULTS } from './quiet-faults.ts'
import { RETENTION_FAULTS } from './retention-faults.ts'
import { SAFETY_FAULTS } from './safety-faults.ts'
import { STORAGE_FAULTS } from './storage-faults.ts'
import { TRANSFER_FAULTS } from './transfer-faults.ts'
import { TRUST_FAULTS } from './trust-faults.ts'
import { TWO_WAY_FAULTS } from './two-way-faults.ts'

export { FIELD_FAILURES } from './field-failures.ts'

/** Every fault, failures seen in the field first. */
export const MUTANTS: readonly Mutant[] = [
  ...FIELD_FAILURES,
  ...RETENTION_FAULTS,
  ...STORAGE_FAULTS,
  ...TRANSFER_FAULTS,
  ...ENGINE_FAULTS,
  ...NETWORK_FAULTS,
  ...SAFETY_FAULTS,
  ...TRUST_FAULTS,
  ...TWO_WAY_FAULTS,
  ...QUIET_FAULTS,
]

/** Failures of the field that nothing in today's program could have. */
export const NOT_APPLICABLE: readonly { readonly id: string; readonly why: string }[] = []
