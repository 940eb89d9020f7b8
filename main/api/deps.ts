import { homedir } from 'node:os'
import type { IgnoreSurveyView, LanguageChoice } from '../../common/protocol.ts'
import type { S3Options, Settings } from '../../common/settings.ts'
import type { TaskControl } from '../../workers/fs/control.ts'
import type { Engine } from '../engine/engine.ts'
import type { IgnoreCheck } from '../engine/scan/ignore-check.ts'
import type { OpenScanner } from '../engine/scan/scanner.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { SignInPlace } from '../accounts/authority.ts'
import type { Heartbeat } from '../heartbeat.ts'
import type { Comparison } from '../conflicts/likeness.ts'
import type { Host } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { PastUse } from '../restore/past-use.ts'
import type { RunDeps } from '../restore/runs.ts'
import type { ThawPlanDeps } from '../restore/thaw-plans.ts'
import type { Speed } from '../speed/speed.ts'
import type { Store } from '../state/store.ts'
import type { Updates } from '../updates/updates.ts'
import type { FolderRules } from '../workbench.ts'

/** The settings as the handlers change them. */
export interface SettingsPort {
  get(): Settings
  /** Applies a pure change and resolves when it is durable. */
  update(change: (settings: Settings) => Settings): Promise<unknown>
}

/** What the handlers are made of. */
export interface ApiDeps {
  readonly engine: Engine
  readonly store: Store
  readonly settings: SettingsPort
  readonly accounts: Accounts
  readonly speed: Pick<Speed, 'now' | 'lift'>
  readonly heartbeat: Pick<Heartbeat, 'test'>
  readonly updates: Pick<Updates, 'view' | 'check' | 'install'>
  /** Where a new sign-in goes, by the settings in force. Throws `invalid` where no application is set. */
  readonly signInPlace: (tenant: string | undefined) => SignInPlace
  /** What this installation is asked to speak. */
  readonly language: () => LanguageChoice
  readonly host: Host
  /** How secrets are kept here. */
  readonly describeSecrets: () => string
  /** `mustExist`: files were kept there before, so it is not taken for a new one where it is missing. */
  readonly openTarget: (location: string, s3: S3Options, mustExist?: boolean) => Promise<TargetProvider>
  readonly openScanner: OpenScanner
  /** What the ignore rules of a folder decide; the lines for every folder come second. */
  readonly ignoreRules: {
    readonly survey: (
      folder: FolderRules,
      globalLines: readonly string[],
      control: TaskControl,
    ) => Promise<IgnoreSurveyView>
    readonly explain: (folder: FolderRules, globalLines: readonly string[]) => IgnoreCheck['explain']
  }
  /** How contents of two versions are compared. Its threads are the caller's while `work` runs. */
  readonly compareIn: <T>(target: TargetProvider, work: (comparison: Comparison) => Promise<T>) => Promise<T>
  /** Lets a restore fetch only what a file in its place does not hold already. */
  readonly openDelta: RunDeps['openDelta']
  /** What a folder's target takes; undefined where that is not known. */
  readonly pricesOf: ThawPlanDeps['pricesOf']
  /** Held while earlier versions are read; left out: nobody lets go of any meanwhile. */
  readonly pastUse?: PastUse
  /** Runs when the application stops, before its state is closed. */
  readonly onStop: (end: () => Promise<void>) => void
  /** What this computer is called; defaults to what the settings say. */
  readonly hostName?: string
  /** Home directory of the person; defaults to the operating system's answer. */
  readonly personHome?: string
}

/**
 * What one area takes of {@link ApiDeps}: some members, and of the engine some calls. An area that
 * takes little can answer where little is there, as the command line does without a service.
 */
export type Needs<Members extends Exclude<keyof ApiDeps, 'engine'>, EngineCalls extends keyof Engine> = Pick<
  ApiDeps,
  Members
> & { readonly engine: Pick<Engine, EngineCalls> }

/** The home directory that suggestions and browsing start from. */
export function personHome(deps: Pick<ApiDeps, 'personHome'>): string {
  return deps.personHome ?? homedir()
}
