import { formatCents } from '../../../common/format.ts'
import { LANGUAGES, withTexts } from '../../../common/messages/languages.ts'
import type { ProofPriceView } from '../../../common/protocol.ts'
import type { FolderSettings, SettingKey } from '../../../common/settings.ts'
import { readPrices, type PriceList } from '../../delta/price-list.ts'
import { isPriced } from '../../delta/prices.ts'
import type { Paths } from '../../host.ts'
import { proofPrice } from '../../restore/proof-price.ts'
import {
  environmentName,
  S3_KEYS,
  type ConfigKey,
  type Explanation,
  type ResolvedConfig,
} from '../../state/config-resolution.ts'
import { SETTING_KEYS, toSettingKey } from '../../../common/setting-values.ts'
import { withClient } from '../client.ts'
import type { Command, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { toJson } from '../output.ts'
import { table } from '../table.ts'
import { cliTexts } from '../cli-texts.ts'

/** `tidekeep config get [KEY]`. */
export const configGet: Command = async ({ ports, paths, io, output }, { args }) => {
  const config = await ports.config(paths, io.env)
  const keys = keysOf(args[0] as string | undefined)
  const rows = keys.map((key) => ({ key, value: config.explain(key).value }))
  if (args[0] === undefined)
    for (const line of table(rows.map(({ key, value }) => [key, shown(value)]))) output.line(line)
  // Alone, an empty text is an empty line, as a script expects it.
  else output.line(rows[0]?.value === '' ? '' : shown(rows[0]?.value))
  output.result({ type: 'config', values: Object.fromEntries(rows.map(({ key, value }) => [key, value ?? null])) })
  return EXIT.ok
}

/** `tidekeep config set KEY VALUE`. */
export const configSet: Command = (context, { args }) => {
  const { ports, paths, io, output } = context
  const key = toSettingKey(args[0] as string)
  return withClient(context, 'settings', async (client) => {
    const settings = await client.call('settings.set', { key, value: args[1] })
    output.line(cliTexts.config.isNow({ key, settings: shown(settings[key]) }))
    if (key === 'language') tellTexts(context, settings.language)
    const inForce = (await ports.config(paths, io.env)).explain(key)
    if (inForce.source === 'environment')
      output.warn(cliTexts.config.hereOverridesItWith({ where: inForce.where, value: shown(inForce.value) }))
    output.result({ type: 'config', values: { [key]: settings[key] } })
    return EXIT.ok
  })
}

/** A language without texts is no mistake, for it has numbers and dates; but nobody should wait for its texts. */
function tellTexts({ output }: Context, tag: string): void {
  if (tag === 'system' || withTexts(tag) !== undefined) return
  const tags = LANGUAGES.filter(({ isPseudo }) => isPseudo !== true).map((each) => each.tag)
  output.note(cliTexts.config.noTextsIn({ tag, languages: tags.join(', ') }))
}

/** `tidekeep config explain [KEY]`. */
export const configExplain: Command = async ({ ports, paths, io, output }, { args }) => {
  const config = await ports.config(paths, io.env)
  const settings = keysOf(args[0] as string | undefined).map((key) => {
    const explained = config.explain(key)
    return { ...explained, changeWith: changeWith(explained) }
  })
  const rows = settings.map(({ key, value, source, where }) => [
    key,
    cliTexts.config.sources[source],
    source === 'default' ? cliTexts.config.builtIn : where,
    shown(value),
  ])
  for (const line of table(rows)) output.line(line)
  if (args[0] !== undefined) output.note(settings[0]?.changeWith ?? '')
  const price = args[0] === 'proofBytes' ? priceOfProofs(config, paths, io.env) : undefined
  for (const line of price?.lines ?? []) output.line(line)
  output.result({ type: 'config-explain', settings, ...(price === undefined ? {} : { price: price.view }) })
  return EXIT.ok
}

/** What daily proofs cost by the setting in force. */
function priceOfProofs(
  { values }: ResolvedConfig,
  { config }: Pick<Paths, 'config'>,
  env: Readonly<Record<string, string | undefined>>,
): { readonly view: ProofPriceView; readonly lines: readonly string[] } {
  const list = readPrices(config)
  const pricesOf = ({ target, s3 }: FolderSettings): PriceList | undefined =>
    isPriced(target, s3, env) ? list : undefined
  const view = proofPrice(values.folders, values.proofBytes, pricesOf)
  const { priced, unpriced, dollarsPerMonth } = view
  const cost = { n: priced, dollars: formatCents(dollarsPerMonth), asOf: list.asOf }
  return {
    view,
    lines: [
      ...(priced === 0 ? [] : [cliTexts.config.proofPrice(cost)]),
      ...(unpriced === 0 ? [] : [cliTexts.config.proofUnpriced({ n: unpriced })]),
    ],
  }
}

/** `tidekeep config path`. */
export const configPath: Command = async ({ paths, output }) => {
  for (const line of table(Object.entries(paths))) output.line(line)
  output.result({ type: 'config-path', paths })
  return EXIT.ok
}

/** Who can change what is in force: the environment overrides whatever is set elsewhere. */
function changeWith({ key, source, where }: Explanation): string {
  if (source === 'environment' || source === 'flag') return cliTexts.config.setByStarter({ where })
  const own = S3_KEYS.find((each) => each === key)
  if (own !== undefined) return cliTexts.config.setByFolder({ flag: `--${own.slice('s3.'.length)}` })
  return cliTexts.config.setByYou({ key, variable: environmentName(key as SettingKey) })
}

/** All of them, or the one that is named. Throws `invalid` listing the keys. */
function keysOf(name: string | undefined): readonly ConfigKey[] {
  if (name === undefined) return [...SETTING_KEYS, ...S3_KEYS]
  return [S3_KEYS.find((key) => key === name) ?? toSettingKey(name)]
}

function shown(value: unknown): string {
  if (value === undefined) return cliTexts.config.notSet
  return typeof value === 'string' && value !== '' ? value : toJson(value)
}
