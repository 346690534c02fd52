// Blocks without a language are consoles and output: not guessed at.
export default {
  configureHljs: hljs => hljs.configure({ languages: [] }),
}
