import { data, Evaluator, Lexer, Parser } from '@actions/expressions'

/** How a job or a run has gone so far, for `cancelled()` and the like. */
export type Status = 'success' | 'failure' | 'cancelled'

/**
 * The value of an expression of GitHub's, `${{ ... }}` around it or not, by the evaluator of GitHub's own tools.
 *
 * @throws Error for what is not an expression, or a context that is not given
 */
export function evaluate(
  text: string,
  contexts: Readonly<Record<string, unknown>>,
  status: Status = 'success',
): unknown {
  const inside = /^\$\{\{(.*)\}\}$/s.exec(text.trim())?.[1] ?? text
  const functions = Object.entries({
    always: true,
    cancelled: status === 'cancelled',
    failure: status === 'failure',
    success: status === 'success',
  }).map(([name, value]) => ({ name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) }))
  const parsed = new Parser(new Lexer(inside).lex().tokens, Object.keys(contexts), functions).parse()
  const values = JSON.parse(JSON.stringify(contexts), data.reviver)
  const byName = new Map(functions.map(definition => [definition.name, definition]))
  const value = new Evaluator(parsed, values, byName).evaluate()
  return JSON.parse(JSON.stringify(value, data.replacer))
}

/** A text with expressions in it, such as the name of a concurrency group, with their values in their place. */
export function fillIn(text: string, contexts: Readonly<Record<string, unknown>>): string {
  return text.replaceAll(/\$\{\{.*?\}\}/gs, expression => String(evaluate(expression, contexts)))
}
