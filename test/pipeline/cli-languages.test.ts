import type { Command as Commander } from 'commander'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activate, ENGLISH } from '../../common/messages/language.ts'
import { createPorts } from '../../main/cli/node-ports.ts'
import { buildProgram } from '../../main/cli/program.ts'
import { CommandLineWorld } from '../fakes/command-line.ts'

const program = buildProgram('0', () => async () => undefined)
const commands = all(program)
/** Never translated: names of commands, options, arguments and choices, and what tells units and places. */
const NAMES = new Set([
  ...commands.flatMap((command) => [
    command.name(),
    ...command.registeredArguments.flatMap((argument) => [argument.name(), ...(argument.argChoices ?? [])]),
    ...command.options.flatMap((option) => [...option.flags.split(/[^\w-]+/), ...(option.argChoices ?? [])]),
  ]),
  'options',
  'command',
  'tidekeep',
  'h',
  'help',
  'V',
  'version',
  'merge',
])

function all(command: Commander): readonly Commander[] {
  return [command, ...command.commands.flatMap(all)]
}

function pathOf(command: Commander): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()]
}

/** A moment as programs write it. */
const MOMENT = /^(\d{4}-\d\d-\d\dT\d\d|\d\d\.\d+Z)$/
/** Values of settings are what is typed. */
const VALUES = ['system']

let place = ''
let world = new CommandLineWorld()

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tk-language-'))
  world = new CommandLineWorld()
  world.env = { TIDEKEEP_LANG: 'en-XA', TIDEKEEP_HOME: join(place, 'home') }
  for (const stream of [world.stdout, world.stderr]) stream.columns = 10_000
})
afterEach(() => {
  activate(ENGLISH)
  rmSync(place, { recursive: true, force: true })
})

/** Words that stand outside of the brackets of the pseudo-locale and are no names. */
function foreignWords(text: string, names: ReadonlySet<string> = NAMES): readonly string[] {
  return withoutBrackets(text)
    .split(/[^\p{L}\d/._-]+/u)
    .filter((word) => {
      const plain = word.replace(/^[-.]+|[.]+$/g, '')
      return /\p{L}/u.test(plain) && !names.has(plain) && !names.has(word) && !MOMENT.test(word)
    })
}

/** Texts stand inside of each other. */
function withoutBrackets(text: string): string {
  const outer = text.replaceAll(/⟦[^⟦⟧]*⟧/g, ' ')
  return outer === text ? text : withoutBrackets(outer)
}

describe('the command line in another language', () => {
  it.each(commands.map((command) => [['tidekeep', ...pathOf(command)].join(' '), command] as const))(
    'helps in it: %s',
    async (_name, command) => {
      const { stdout, exitCode } = await world.run(...pathOf(command), '--help')
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^⟦[^⟧]+⟧ tidekeep/)
      expect(foreignWords(stdout)).toEqual([])
    },
  )

  it.each([
    [['frob']],
    [['stauts']],
    [['sync', '--frob']],
    [['plan', 'one']],
    [['sync', 'one', 'two', 'three']],
    [['sync', '--bwlimit']],
    [['sync', 'one', 'two', '--mode', 'sideways']],
    [['sync', 'one', 'two', '--bwlimit', 'x']],
    [['sync', 'one', 'two', '--delta-threshold', 'x']],
    [['pause', '2q']],
    [['drill', 'nonsense']],
    [['folder']],
    [['plan', '/nowhere/at-all', 'elsewhere']],
    [['sync', '.', 's3://A']],
    [['config', 'set', 'theme', 'pink']],
    [['config', 'set', 'nope', '1']],
    [['undo', 'one']],
    [['folder', 'add', '/nowhere/at-all', '--target', '/elsewhere']],
    [['account', 'test', 'nobody']],
    [['restore', '/nowhere/at-all', 'back']],
  ])('fails in it: %j', async (typed) => {
    world.ports = createPorts()
    const { stderr, exitCode } = await world.run(...typed)
    expect([exitCode > 0, stderr]).toEqual([true, expect.stringMatching(/⟦/)])
    expect(foreignWords(stderr, new Set([...NAMES, ...typed, ...VALUES]))).toEqual([])
  })

  it.each([
    [['status']],
    [['doctor']],
    [['config', 'list']],
    [['config', 'explain', 'theme']],
    [['held']],
    [['conflicts']],
    [['folder', 'list']],
    [['account', 'list']],
    [['cleanup', '--dry-run']],
  ])('answers in it: %j', async (typed) => {
    world.ports = createPorts()
    const { stdout, stderr } = await world.run(...typed)
    expect(stdout + stderr).not.toBe('')
    expect(foreignWords(stdout + stderr, new Set([...NAMES, ...typed, ...VALUES]))).toEqual([])
  })

  describe('with a folder to keep', () => {
    let source = ''
    let target = ''
    beforeEach(() => {
      world.ports = createPorts()
      source = join(place, 'source')
      target = join(place, 'target')
      mkdirSync(source)
      for (const name of ['a', 'b', 'c']) writeFileSync(join(source, name), `content of ${name}`)
    })

    it.each([
      ['plan', '--dry-run'],
      ['sync', '--verbose'],
    ])('says in it what %s did', async (command, option) => {
      const { stdout, stderr, exitCode } = await world.run(
        command,
        source,
        target,
        ...(command === 'plan' ? [] : [option]),
      )
      expect(exitCode).toBe(0)
      const names = new Set([...NAMES, 'upload', 'make-directory', 'a', 'b', 'c', 'B', place, source, target])
      expect([...foreignWords(stdout, names), ...foreignWords(stderr, names)]).toEqual([])
      expect(stdout).toContain('⟦3 ƒîîļééš')
    })

    it('answers programs in English all the same', async () => {
      const answers: unknown[] = []
      for (const language of ['en-XA', 'en']) {
        world.env = { ...world.env, TIDEKEEP_LANG: language }
        const { stdout } = await world.run('sync', source, join(place, 'nowhere', 'else'), '--json', '--held', 'no')
        const { stdout: planned } = await world.run('plan', source, target, '--json')
        answers.push([stdout, { ...(JSON.parse(planned) as object), durationMs: 0, runId: '', startedAt: '' }])
      }
      expect(answers[0]).toEqual(answers[1])
      expect(JSON.stringify(answers)).not.toContain('⟦')
    })
  })

  it('takes its variable before the setting, the setting before the system, and what is no setting for none', async () => {
    mkdirSync(world.host.paths.config, { recursive: true })
    const file = join(world.host.paths.config, 'settings.json')
    const usage = async (): Promise<string> => (await world.run('--help')).stdout.slice(0, 15)
    writeFileSync(file, '{"version":1,"language":"en"}')
    expect(await usage()).toMatch(/^⟦/)
    world.env = { ...world.env, TIDEKEEP_LANG: 'system', LANG: 'en-XA' }
    expect(await usage()).toBe('Usage: tidekeep')
    writeFileSync(file, '{"version":1,"language":')
    expect(await usage()).toMatch(/^⟦/)
    rmSync(file)
  })
})
