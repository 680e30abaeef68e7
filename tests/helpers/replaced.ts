/** Puts another value in the place of an object's member, until the end of the scope. */
export function replaced<T extends object, K extends keyof T>(
  object: T,
  name: K,
  value: T[K],
): Disposable {
  const original = object[name];
  object[name] = value;
  return { [Symbol.dispose]: () => void (object[name] = original) };
}
