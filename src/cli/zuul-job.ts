import { type Link, type Source, stages } from '../chain.ts'
import { describeInputs, type InputDescription } from '../inputs.ts'
import { kebabCase, snakeCase } from '../names.ts'
import { builtInRecipes } from '../recipe/index.ts'
import { buildInputs } from './build.ts'
import { roleFiles, roleOf, roleVariable, standardText } from './zuul-role.ts'

const madeBy = '# Made by "npm run generate" from src/chain.ts; a test holds the two equal.'

/** What is given to the whole chain is a job variable of this name. */
export function jobVariable(input: string): string {
  return snakeCase(`trove-image-${kebabCase(input)}`)
}

/** A secret of a Zuul job is a dictionary; ours has the name of the input and the key `value`. */
const secretOf = (input: string) => `{{ (${jobVariable(input)} | default({})).value | default('') }}`

/** The role that says what of the job's checkouts the image is built from; its facts go before what the job says. */
const checkoutsRole = 'trove-image-checkouts'
const checkoutFacts: Readonly<Record<string, string | undefined>> = {
  set: 'trove_image_checkouts_set',
  dibCheckout: 'trove_image_checkouts_dib_checkout',
}

/** The playbook that brings what a node lacks: before the run, where Zuul tries again when the network failed. */
export function setupPlaybook(chain: readonly Link[]): string {
  return playbook('Bring what the node lacks', chain.filter(isSetup), [checkoutsRole])
}

/** The playbook of the stages from a recipe to a publication on the node. */
export function buildPlaybook(chain: readonly Link[]): string {
  return playbook(
    'Build and prove a guest image',
    chain.filter(link => !isSetup(link)),
    [checkoutsRole],
  )
}

/** A job for each recipe that comes with the project. */
export function recipeJobs(recipes = builtInRecipes()): string {
  return [
    '---',
    '# Made by "npm run generate" from images/; a test holds the two equal.',
    ...recipes.flatMap((recipe, index) => [
      ...(index === 0 ? [] : ['']),
      '- job:',
      `    name: trove-image-build-${recipe}`,
      '    parent: trove-image-build',
      `    description: Builds, inspects and boots the guest image of the recipe ${recipe}.`,
      '    vars:',
      `      trove_image_recipe: ${recipe}`,
    ]),
    '',
  ].join('\n')
}

/** The page that says which job variable is which input of an action. */
export function variablesPage(chain: readonly Link[]): string {
  const given = describeInputs(buildInputs).filter(input => isGiven(chain, input.key))
  return [
    '# Variables of the Zuul jobs',
    '',
    '<!-- Made by "npm run generate" from the schemas of the stages; a test holds the two equal. -->',
    '',
    'A job variable is an input of an action under another name. What all stages share is given once:',
    '',
    '| job variable | input of the actions | default |',
    '| --- | --- | --- |',
    ...given.map(
      input =>
        `| \`${jobVariable(input.key)}\`${input.secret ? ', a secret' : ''} | ${usersOf(chain, input.key)} | ${cell(input)} |`,
    ),
    '',
    'With openstack/trove or openstack/diskimage-builder among the projects of the job, their checkouts are used, whatever',
    '`trove_image_set` and `trove_image_dib_checkout` say; see [zuul.md](zuul.md#changes-under-test).',
    '',
    'A secret is the name under which the job uses a Zuul secret whose data has the key `value`.',
    '',
    'Everything else is a variable of the stage\'s role. "From" is set by the playbook and cannot be overridden by a job.',
    '',
    '| job variable | action | input | default |',
    '| --- | --- | --- | --- |',
    ...stages.flatMap(stage =>
      describeInputs(stage.inputs).flatMap(input => {
        const source = chain.find(link => link.stage.name === stage.name)?.wiring[input.key]
        if (source !== undefined && 'given' in source) return []
        const standard = source === undefined ? cell(input) : `from \`${source.output}\` of \`${source.stage}\``
        const variable = roleVariable(stage, input.name)
        return [`| \`${variable}\` | \`${stage.name}\` | \`${input.name}\` | ${standard} |`]
      }),
    ),
    '',
  ].join('\n')
}

/** Every generated file of the Zuul side, by its path below the project's root. */
export function zuulFiles(chain: readonly Link[]): Map<string, string> {
  return new Map([
    ...roleFiles(stages),
    ['playbooks/trove-image/setup.yaml', setupPlaybook(chain)],
    ['playbooks/trove-image/build.yaml', buildPlaybook(chain)],
    ['zuul.d/recipes.yaml', recipeJobs()],
    ['docs/zuul-variables.md', variablesPage(chain)],
  ])
}

function playbook(title: string, links: readonly Link[], before: readonly string[] = []): string {
  return [
    '---',
    madeBy,
    `- name: ${title}`,
    '  hosts: all',
    '  roles:',
    ...before.map(role => `    - role: ${role}`),
    ...links.flatMap(({ stage, wiring }) => [
      `    - role: ${roleOf(stage)}`,
      ...Object.entries(wiring).map(
        ([key, source]) => `      ${roleVariable(stage, kebabCase(key))}: ${JSON.stringify(expression(source))}`,
      ),
    ]),
    '',
  ].join('\n')
}

function expression(source: Source): string {
  if ('stage' in source) {
    return `{{ ${snakeCase(`trove-image-${source.stage}-outputs`)}.${snakeCase(source.output)} }}`
  }
  const input = describeInputs(buildInputs).find(({ key }) => key === source.given)
  if (input === undefined) throw new Error(`the chain is given "${source.given}", which is no input of build`)
  if (input.secret) return secretOf(input.key)
  const said = `${jobVariable(input.key)} | default(${literal(input)})`
  const fact = checkoutFacts[input.key]
  if (fact === undefined) return `{{ ${said} }}`
  // Of several overrides of one key the last counts.
  return input.type === 'list' ? `{{ (${said}) + ${fact} }}` : `{{ ${fact} or ${said} }}`
}

/** A default inside a Jinja expression. */
function literal({ default: standard }: InputDescription): string {
  if (standard === undefined) return "''"
  return typeof standard === 'string' ? `'${standard.replaceAll("'", "\\'")}'` : JSON.stringify(standard)
}

function isSetup({ stage }: Link): boolean {
  return stage.name === 'setup-host'
}

function isGiven(chain: readonly Link[], key: string): boolean {
  return chain.some(({ wiring }) => Object.values(wiring).some(source => 'given' in source && source.given === key))
}

function usersOf(chain: readonly Link[], key: string): string {
  const users = chain.flatMap(({ stage, wiring }) =>
    Object.entries(wiring)
      .filter(([, source]) => 'given' in source && source.given === key)
      .map(([input]) => ({ input: kebabCase(input), stage: stage.name })),
  )
  const names = [...new Set(users.map(({ input }) => `\`${input}\``))]
  return `${names.join(', ')} of ${users.map(({ stage }) => `\`${stage}\``).join(', ')}`
}

function cell(input: InputDescription): string {
  return input.required ? 'required' : input.default === undefined ? 'not given' : `\`${standardText(input)}\``
}
