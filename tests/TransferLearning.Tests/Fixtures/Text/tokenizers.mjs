// Writes small tokenizers in the form of tokenizer.json, and what @huggingface/tokenizers makes of texts with them.
//
// Usage: npm install @huggingface/tokenizers@0.2.0; node tokenizers.mjs > tokenizers.json
import { Tokenizer } from "@huggingface/tokenizers";

const letters = (() => {
  const table = [];
  let next = 256;
  for (let value = 0; value < 256; value++) {
    const plain = (value >= 33 && value <= 126) || (value >= 161 && value <= 172) || value >= 174;
    table.push(String.fromCodePoint(plain ? value : next++));
  }
  return table;
})();
const spell = (word) => [...new TextEncoder().encode(word)].map((value) => letters[value]);

function train(words, suffix, count) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  let spelled = [...counts].map(([word, n]) => {
    const symbols = spell(word);
    symbols[symbols.length - 1] += suffix;
    return [symbols, n];
  });
  const merges = [];
  while (merges.length < count) {
    const pairs = new Map();
    for (const [symbols, n] of spelled)
      for (let i = 0; i + 1 < symbols.length; i++) {
        const key = `${symbols[i]} ${symbols[i + 1]}`;
        pairs.set(key, (pairs.get(key) ?? 0) + n);
      }
    const best = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    merges.push(best[0]);
    const [left, right] = best[0].split(" ");
    for (const entry of spelled) {
      const merged = [];
      for (let i = 0; i < entry[0].length; i++)
        merged.push(entry[0][i] === left && entry[0][i + 1] === right ? left + entry[0][++i] : entry[0][i]);
      entry[0] = merged;
    }
  }
  return merges;
}

const corpus =
  "the cat sat on the mat while the other cats were sitting there and they've seen it don't we're I'll he's " +
  "photo of a photograph photos taken in 2024 in 1999 café naïve straße 日本語 中文字符 привет мир привет ";
const bpe = (merges, suffix, more) => {
  const vocab = {};
  const add = (token) => (vocab[token] ??= Object.keys(vocab).length);
  letters.forEach(add);
  if (suffix) letters.forEach((letter) => add(letter + suffix));
  merges.forEach((merge) => add(merge.replace(" ", "")));
  more.forEach(add);
  return vocab;
};
const added = (vocab, content, flags = {}) => ({
  id: vocab[content], content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...flags,
});

const clipMerges = train(corpus.toLowerCase().match(/'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+/gu), "</w>", 80);
const clipVocab = bpe(clipMerges, "</w>", ["<|startoftext|>", "<|endoftext|>"]);
const clip = {
  version: "1.0",
  added_tokens: [added(clipVocab, "<|startoftext|>", { normalized: true }), added(clipVocab, "<|endoftext|>")],
  normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }, { type: "Lowercase" }] },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" }, behavior: "Removed", invert: true },
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    ],
  },
  post_processor: {
    type: "RobertaProcessing", sep: ["<|endoftext|>", clipVocab["<|endoftext|>"]], cls: ["<|startoftext|>", clipVocab["<|startoftext|>"]],
    trim_offsets: false, add_prefix_space: false,
  },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE", dropout: null, unk_token: "<|endoftext|>", continuing_subword_prefix: "", end_of_word_suffix: "</w>", fuse_unk: false,
    vocab: clipVocab, merges: clipMerges,
  },
};

const expression = (digits) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const lines = (digits, name, ignoreMerges, more) => {
  const merges = train(corpus.match(/ ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+/gu), "", 80);
  const vocab = bpe(merges, "", [...more, "<|endoftext|>", "<|im_start|>"]);
  return {
    version: "1.0",
    added_tokens: [added(vocab, "<|endoftext|>"), added(vocab, "<|im_start|>")],
    normalizer: name === "qwen2" ? { type: "NFC" } : null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: expression(digits) }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false,
      byte_fallback: false, ignore_merges: ignoreMerges, vocab, merges,
    },
  };
};

const texts = [
  "", " ", "The cat sat", "a photo of a CAT, isn't it?", "They'VE seen 2024's photos\n\nand  more\r\n  text ", "cafe\u0301 naïve NAI\u0308VE",
  "Αα ὈΔΎ", "İstanbul DŽ ſ 'ſ don'ſ", "日本語 中文字符 한국어 \u1112\u1161\u11AB", "e\u0323\u0302 e\u0302\u0323 \u1EC7 q\u0307\u0323 \u212B \u2126 \u0958 \u0344",
  "a\tb\u00A0c\u2003d  e   \n", "!!?? ... 'tis ''s x's\u0301 _a_ #tag @me", "12345 1 22 333 ٣٤٥ ½ Ⅷ x²", "👩‍👩‍👧 🇩🇪 👍🏽 𝒜𝓑 𐐀𐐨", "\u0301 leading mark",
  "<|startoftext|>the cat<|endoftext|> <|im_start|>user\nthe <|ENDOFTEXT|>", "  two leading", "trailing  ", "line\n", "\r\n\r\n x", "x\n \n y", " \n", ".\n\n.",
  "I'LL we'Re '", "tab\t\tthe", "\u200B\u200Dthe", "\u0000\u0007", "(the) [cat] the-cat the/cat", "\uFB01 \uFB1D \u0F73 \u0B94 \u0B92\u0BD7 \uAC00\u11A8",
];
const golden = {};
for (const [name, json] of Object.entries({ clip, qwen2: lines("", "qwen2", false, []), llama3: lines("{1,3}", "llama3", true, ["photographs", "Ġtheother"]) })) {
  const tokenizer = new Tokenizer(json, { clean_up_tokenization_spaces: false });
  golden[name] = {
    tokenizer: json,
    cases: texts.map((text) => {
      const { ids } = tokenizer.encode(text);
      return { text, ids, decoded: ids.length ? tokenizer.decode(ids, { skip_special_tokens: true }) : "" };
    }),
  };
}
process.stdout.write(JSON.stringify(golden) + "\n");
