// Files that are taken in as text: the build and the tests both know `?raw`.
declare module '*?raw' {
  const text: string;
  export default text;
}
