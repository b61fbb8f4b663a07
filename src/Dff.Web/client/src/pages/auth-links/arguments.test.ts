import { describe, expect, test } from 'vitest'
import {
  callFormOf,
  carriedOver,
  exampleOf,
  formOf,
  furtherRow,
  read,
  signatureOf,
  type ArgumentsForm,
  type Signature,
} from './arguments'

const signature = {
  argsJSON: ['customer', '*rest', 'currency', 'clock', '**kwargs'],
  // A store may give the keys of an object back in another order.
  kwargsJSON: {
    clock: { default: '<Complex Object>' },
    '**kwargs': {},
    currency: { default: 'EUR' },
    customer: {},
    '*rest': {},
  },
}
const plain = { argsJSON: ['x', 'y'], kwargsJSON: { x: {}, y: { default: 1 } } }

function linked({ argsJSON, kwargsJSON }: Signature, funcCallKwargsJSON: Record<string, unknown>) {
  return { func_id: 'a__b.c', func_argsJSON: argsJSON, func_kwargsJSON: kwargsJSON, funcCallKwargsJSON }
}

function modes(form: ArgumentsForm) {
  return form.rows.map(({ name, mode, kind }) => [name, mode, kind])
}

describe('the form', () => {
  test('of a new link lets the caller give every named argument, in the order of the definition', () => {
    const form = formOf(signature, null)
    expect(modes(form)).toEqual([
      ['customer', 'caller', 'named'],
      ['currency', 'caller', 'named'],
      ['clock', 'caller', 'named'],
    ])
    expect(form).toMatchObject({ canTakeFurther: true, takesFurther: false })
    expect(read(form).kwargs).toEqual({
      customer: 'FROM_PARAMETER',
      currency: 'FROM_PARAMETER',
      clock: 'FROM_PARAMETER',
    })
  })

  test('of a stored link gives back what was stored', () => {
    const given = { customer: 'INPUT_BY_CALLER', currency: ['a', 1], tenant: 'acme', '**kwargs': 'INPUT_BY_CALLER' }
    const form = formOf(signature, given)
    expect(modes(form)).toEqual([
      ['customer', 'caller', 'named'],
      ['currency', 'value', 'named'],
      ['clock', 'none', 'named'],
      ['tenant', 'value', 'further'],
    ])
    expect(read(form)).toMatchObject({
      isRight: true,
      kwargs: { customer: 'FROM_PARAMETER', currency: ['a', 1], tenant: 'acme', '**kwargs': 'FROM_PARAMETER' },
    })
  })

  test('names arguments that the function has lost or gained', () => {
    const form = formOf(plain, { gone: 5, '**kwargs': 'FROM_PARAMETER' })
    expect(modes(form)).toEqual([
      ['x', 'none', 'named'],
      ['y', 'none', 'named'],
      ['gone', 'value', 'unknown'],
    ])
    expect(Object.values(read(form).problems)).toEqual(['missing', 'unknown'])
    expect(form.takesFurther).toBe(false)
  })

  test('of a link whose function is not published keeps its arguments as they are', () => {
    const given = { x: 1, y: 'FROM_PARAMETER', '**kwargs': 'FROM_PARAMETER' }
    const signature = signatureOf({ ...linked({ argsJSON: null, kwargsJSON: null }, given), func_id: null })
    expect(read(formOf(signature, given))).toEqual({ kwargs: given, problems: {}, isRight: true })
  })

  test('of a function without arguments is empty', () => {
    const form = formOf({ argsJSON: null, kwargsJSON: null }, null)
    expect(form.rows).toEqual([])
    expect(read(form)).toEqual({ kwargs: {}, problems: {}, isRight: true })
  })

  test('for another function keeps what both have', () => {
    const before = formOf(plain, { x: 7, y: 'FROM_PARAMETER' })
    const after = carriedOver({ argsJSON: ['z', 'x'], kwargsJSON: { z: {}, x: {} } }, before)
    expect(read(after).kwargs).toEqual({ z: 'FROM_PARAMETER', x: 7 })
  })
})

describe('reading refuses', () => {
  function withRow(change: object) {
    const form = formOf(plain, { x: 1 })
    form.rows[0] = { ...form.rows[0], ...change } as ArgumentsForm['rows'][number]
    return Object.values(read(form).problems)
  }

  test.each([
    [{ value: { kind: 'number', text: 'ten' } }, ['number']],
    [{ value: { kind: 'json', text: '{' } }, ['json']],
    [{ value: { kind: 'text', text: 'FROM_PARAMETER' } }, ['placeholder']],
    [{ value: { kind: 'json', text: '"INPUT_BY_CALLER"' } }, ['placeholder']],
    [{ name: ' ' }, ['name']],
    [{ name: 'y' }, ['duplicate']],
  ])('%j', (change, problems) => expect(withRow(change)).toEqual(problems))

  test('nothing of arguments that have names like those of every object', () => {
    const form = formOf(signature, {})
    form.rows = [{ ...furtherRow(), name: '__proto__', value: { kind: 'number', text: '1' } }]
    expect(JSON.stringify(read(form).kwargs)).toBe('{"__proto__":1}')
  })
})

describe('calling', () => {
  const given = { customer: 'FROM_PARAMETER', currency: 'EUR', clock: 'FROM_PARAMETER', '**kwargs': 'FROM_PARAMETER' }

  test('asks for what the caller gives, with defaults filled in', () => {
    const form = callFormOf(linked(signature, given))
    expect(modes(form)).toEqual([
      ['customer', 'value', 'named'],
      ['clock', 'none', 'named'],
    ])
    expect(form.takesFurther).toBe(true)
    expect(read(form, true)).toMatchObject({ kwargs: { customer: '' }, isRight: true })
  })

  test('has an example that says which arguments there are', () => {
    const typedOnly = { argsJSON: ['x', 'y'], kwargsJSON: { x: { type: 'int' }, y: { default: 1 } } }
    expect(exampleOf(linked(typedOnly, { x: 'FROM_PARAMETER', y: 'FROM_PARAMETER' }))).toEqual({ x: null, y: 1 })
  })

  test('sends texts that a link could not fix', () => {
    const form = callFormOf(linked(plain, { x: 'FROM_PARAMETER' }))
    form.rows = form.rows.map((row) => ({ ...row, value: { kind: 'text', text: 'FROM_PARAMETER' } }))
    expect(read(form, true)).toMatchObject({ kwargs: { x: 'FROM_PARAMETER' }, isRight: true })
  })
})
