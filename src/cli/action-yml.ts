import { describeInputs, type InputDescription } from '../inputs.ts'
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

/** The text of `actions/<stage>/main.ts`. */
export function actionMain(stage: AnyStage): string {
  const name = stage.name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return [
    "import { runAction } from '../../src/platforms/action.ts'",
    `import { ${name} } from '../../src/stages/${stage.name}.ts'`,
    '',
    `await runAction(${name})`,
    '',
  ].join('\n')
}

function describeInput(input: InputDescription): string[] {
  const choices = input.choices ? ` One of ${input.choices.join(', ')}.` : ''
  const list = input.type === 'list' ? ' One item a line.' : ''
  const standard = Array.isArray(input.default) ? input.default.join('\n') : (input.default ?? '')
  return [
    `  ${input.name}:`,
    `    description: ${quote(`${input.description}${choices}${list}`)}`,
    `    required: ${input.required}`,
    `    default: ${quote(String(standard))}`,
  ]
}

function quote(text: string): string {
  return JSON.stringify(text)
}
