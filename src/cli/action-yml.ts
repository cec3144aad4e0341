import { describeInputs, type InputDescription } from '../inputs.ts'
import { camelCase } from '../names.ts'
import type { AnyStage } from '../stage.ts'

/** The text of `actions/<stage>/action.yml`. A quoted default everywhere, because GitHub knows only strings. */
export function actionYml(stage: AnyStage): string {
  const inputs = describeInputs(stage.inputs)
  const outputs = describeInputs(stage.outputs)
  return [
    `# Made by "npm run generate" from src/stages/${stage.name}.ts; a test holds the two equal.`,
    `name: ${quote(`Trove guest image: ${stage.name}`)}`,
    `description: ${quote(stage.summary)}`,
    'author: trove-image-builder',
    'branding:',
    '  icon: package',
    '  color: red',
    'inputs:',
    ...inputs.flatMap(describeInput),
    'outputs:',
    ...outputs.flatMap(output => [`  ${output.name}:`, `    description: ${quote(output.description)}`]),
    'runs:',
    '  using: node24',
    `  main: ../../dist/actions/${stage.name}.js`,
    '  post: ../../dist/actions/post.js',
    '',
  ].join('\n')
}

/**
 * The text of the `action.yml` at the root: whoever writes `uses: OWNER/trove-image-builder@v0` learns in the log, and not from
 * "Can't find action.yml", which actions there are.
 */
export function rootActionYml(stages: readonly AnyStage[], version: string): string {
  const [major] = version.split('.')
  const width = Math.max(...stages.map(({ name }) => name.length))
  const list = stages.map(({ name, summary }) => `  actions/${name.padEnd(width)}  ${summary}`)
  return [
    '# Made by "npm run generate" from src/chain.ts; a test holds the two equal.',
    'name: "Trove guest image"',
    `description: ${quote('Only says which actions there are: use one of those below actions/, or a reusable workflow.')}`,
    'author: trove-image-builder',
    'branding:',
    '  icon: package',
    '  color: red',
    'runs:',
    '  using: composite',
    '  steps:',
    '    - shell: bash --noprofile --norc -euo pipefail {0}',
    '      run: |',
    "        cat <<'END'",
    ...[
      'trove-image-builder is several actions. Name one of them after the repository:',
      '',
      ...list,
      '',
      `For example, in place of "uses: OWNER/trove-image-builder@v${major}":`,
      '',
      `  - uses: OWNER/trove-image-builder/actions/inspect-image@v${major}`,
      '    with:',
      '      image: my-image.qcow2',
      '',
      'All of them in a row are the reusable workflow .github/workflows/build-image.yml. Each action has a README.md.',
    ].map(line => `        ${line}`.trimEnd()),
    '        END',
    '        echo "::error title=trove-image-builder::Use one of its actions, such as actions/build-image; the log of this step lists them."',
    '        exit 1',
    '',
  ].join('\n')
}

/** The text of `actions/<stage>/main.ts`. */
export function actionMain(stage: AnyStage): string {
  const name = camelCase(stage.name)
  return [
    "import { runAction } from '../../src/platforms/action.ts'",
    `import { ${name} } from '../../src/stages/${stage.name}.ts'`,
    '',
    `await runAction(${name})`,
    '',
  ].join('\n')
}

/** What a person reads about an input, in action.yml and in the README: description, what is legal, how a list is written. */
export function inputText(input: InputDescription): string {
  const choices = input.choices ? ` One of ${input.choices.join(', ')}.` : ''
  const list = input.type === 'list' ? ' One item a line.' : ''
  return `${input.description}${choices}${list}`
}

/** The default as GitHub has it: text. Undefined for what must be given. */
export function defaultText(input: InputDescription): string | undefined {
  if (input.required) return undefined
  return String(Array.isArray(input.default) ? input.default.join('\n') : (input.default ?? ''))
}

function describeInput(input: InputDescription): string[] {
  const standard = defaultText(input)
  return [
    `  ${input.name}:`,
    `    description: ${quote(inputText(input))}`,
    `    required: ${input.required}`,
    // Without a default, so that an editor sees that a required input is missing.
    ...(standard === undefined ? [] : [`    default: ${quote(standard)}`]),
  ]
}

function quote(text: string): string {
  return JSON.stringify(text)
}
