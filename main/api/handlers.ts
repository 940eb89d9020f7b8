import type { Handlers } from '../../common/protocol.ts'
import { createAccountHandlers } from './accounts.ts'
import { createActivityHandlers } from './activity.ts'
import { createConflictHandlers } from './conflicts.ts'
import type { ApiDeps } from './deps.ts'
import { createDiagnosticHandlers } from './diagnostics.ts'
import { createFileHandlers } from './files.ts'
import { createFolderHandlers } from './folders.ts'
import { createHeartbeatHandlers } from './heartbeat.ts'
import { createPlanHandlers } from './plan.ts'
import { createQueueHandlers } from './queue.ts'
import { createRestoreHandlers } from './restore.ts'
import { createRuleHandlers } from './rules.ts'
import { createLanguageHandlers } from './language.ts'
import { createSettingHandlers } from './settings.ts'
import { createSourceHandlers } from './sources.ts'
import { createSpeedHandlers } from './speed.ts'
import { createStatusHandlers } from './status.ts'
import { createTargetHandlers } from './targets.ts'
import { createUpdateHandlers } from './updates.ts'

/** Every call of the protocol over the running parts. Parameters have passed `common/parsers.ts`. */
export function createHandlers(deps: ApiDeps): Handlers {
  return {
    ...createStatusHandlers(deps),
    ...createSpeedHandlers(deps),
    ...createFolderHandlers(deps),
    ...createFileHandlers(deps),
    ...createSourceHandlers(deps),
    ...createTargetHandlers(deps),
    ...createPlanHandlers(deps),
    ...createQueueHandlers(deps),
    ...createActivityHandlers(deps),
    ...createRestoreHandlers(deps),
    ...createRuleHandlers(deps),
    ...createSettingHandlers(deps),
    ...createLanguageHandlers(deps),
    ...createUpdateHandlers(deps),
    ...createHeartbeatHandlers(deps),
    ...createAccountHandlers(deps),
    ...createConflictHandlers(deps),
    ...createDiagnosticHandlers(deps),
  }
}
