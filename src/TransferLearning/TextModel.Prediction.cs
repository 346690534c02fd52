using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

public sealed partial class TextModel
{
    // Answers of more tokens are not looked for, as in SQuAD's own baseline.
    private const int LongestAnswer = 30;

    /// <summary>Says which class a text, or a pair of texts, belongs to; of several classes, how likely each is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text of a pair.</param>
    /// <exception cref="InvalidOperationException">The model is no classifier of whole texts.</exception>
    public Prediction Predict(string text, string? pair = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Predict([new TextContent(text, pair)], 1)[0];
    }

    /// <summary>Says which class each of some texts belongs to, batch by batch.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <returns>One prediction for each text, in order.</returns>
    /// <exception cref="InvalidOperationException">The model is no classifier of whole texts.</exception>
    public IReadOnlyList<Prediction> Predict(IEnumerable<string> texts, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Predict([.. texts.Select(text => new TextContent(text))], batchSize);
    }

    /// <summary>The same as <see cref="Predict(string, string?)"/>, off the calling thread.</summary>
    public Task<Prediction> PredictAsync(string text, string? pair = null, CancellationToken cancellationToken = default)
        => System.Threading.Tasks.Task.Run(() => Predict(text, pair), cancellationToken);

    /// <summary>Tells the number of a text, for regression.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text of a pair.</param>
    /// <exception cref="InvalidOperationException">The model is not for regression.</exception>
    public double PredictNumber(string text, string? pair = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        Require(TextTask.SequenceClassification, "ForRegression()");
        if (Problem != TextProblem.Regression)
        {
            throw new InvalidOperationException("This model tells classes; call Predict, or ForRegression() before training.");
        }

        return Rows([Tokenizer.Encode(text, pair, Options())], 1, Module.call)[0][0];
    }

    /// <summary>Gives each word of a sentence its tag.</summary>
    /// <param name="words">The words.</param>
    /// <returns>One tag for each word; words beyond <see cref="MaximumLength"/> have the tag <c>O</c>, or the first one, and the probability 0.</returns>
    /// <exception cref="InvalidOperationException">The model is not for tags.</exception>
    public IReadOnlyList<WordTag> TagWords(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        Require(TextTask.TokenClassification, "ForTokenClassification(labels)");
        if (words.Count == 0)
        {
            return [];
        }

        EncodedText encoded = Tokenizer.EncodeWords(words, Options());
        float[] scores = Rows([encoded], 1, inputs => Softmax(Module.call(inputs)))[0];
        string outside = LabelNames.Contains("O") ? "O" : LabelNames[0];
        WordTag[] tags = [.. words.Select(word => new WordTag(word, outside, 0))];
        foreach (int token in WordTagEncoding.FirstPieces(encoded))
        {
            float[] own = scores[(token * Labels)..((token + 1) * Labels)];
            int best = Array.IndexOf(own, own.Max());
            int word = encoded.WordIndices[token];
            tags[word] = new WordTag(words[word], LabelNames[best], own[best]);
        }

        return tags;
    }

    /// <summary>Finds the answer to a question in a text of any length.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">The text.</param>
    /// <exception cref="InvalidOperationException">The model does not find answers.</exception>
    public AnswerPrediction PredictAnswer(string question, string context)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(context);
        return FindAnswer(question, context, 8);
    }

    /// <summary>Vectors of texts, for searching and comparing: the backbone's, pooled.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="pooling">How the vectors of tokens become one. Default: their mean.</param>
    /// <param name="normalize">Whether each vector gets the length 1, so that the product of two is the cosine of their angle. Default: true.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <returns>One vector of <see cref="Network.FeatureCount"/> numbers for each text, in order.</returns>
    public IReadOnlyList<float[]> Embed(IEnumerable<string> texts, TextPooling pooling = TextPooling.Mean, bool normalize = true, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Rows([.. texts.Select(text => Tokenizer.Encode(text, null, Options()))], batchSize, Pooled);

        Tensor Pooled(TokenInput inputs)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor hidden = Module.ForwardHidden(inputs).to(ScalarType.Float32); // [N, L, D]
            Tensor mask = inputs.Mask.to(ScalarType.Float32).unsqueeze(-1);
            Tensor pooled = pooling == TextPooling.Cls ? hidden.select(1, 0) : hidden.mul(mask).sum(1).div(mask.sum(1).clamp_min(1));
            return (normalize ? nn.functional.normalize(pooled, 2, 1, 1e-12) : pooled.clone()).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Foretells the hidden words of a text, where the tokenizer's mask (<c>[MASK]</c>, <c>&lt;mask&gt;</c>) stands in it.</summary>
    /// <param name="text">The text with the mask in it.</param>
    /// <param name="count">How many guesses to give for each.</param>
    /// <returns>For each mask the likeliest tokens, the likeliest first.</returns>
    /// <exception cref="InvalidOperationException">The model is no masked language model.</exception>
    public IReadOnlyList<IReadOnlyList<ClassScore>> PredictMasked(string text, int count = 5)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Require(TextTask.MaskedLanguageModel, "ForMaskedLanguageModel()");
        EncodedText encoded = Tokenizer.Encode(text, null, Options());
        long[] masks = [.. Enumerable.Range(0, encoded.Length).Where(i => encoded.Ids[i] == Tokenizer.MaskId).Select(i => (long)i)];
        if (masks.Length == 0)
        {
            return [];
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = inference_mode();
        using TokenInput inputs = TokenInput.FromRows([encoded.Ids], Tokenizer.PadId ?? 0).To(Device);
        int kept = Math.Min(count, Module.Config.Size("vocab_size"));
        Tensor logits = Module.call(inputs)[0].index_select(0, tensor(masks, ScalarType.Int64, Device.ToTorch()));
        (Tensor values, Tensor indices) = Softmax(logits).topk(kept);
        float[] probabilities = [.. values.cpu().contiguous().data<float>()];
        long[] ids = [.. indices.cpu().contiguous().data<long>()];
        int each = ids.Length / masks.Length;
        return [.. Enumerable.Range(0, masks.Length).Select(mask => (IReadOnlyList<ClassScore>)[.. Enumerable.Range(mask * each, each)
            .Select(i => new ClassScore((int)ids[i], Tokenizer.Decode([(int)ids[i]]).Trim(), probabilities[i]))])];
    }

    private static Tensor Softmax(Tensor logits)
    {
        using Tensor given = logits;
        using Tensor wide = logits.to(ScalarType.Float32);
        return wide.softmax(-1);
    }

    private Prediction[] Predict(TextContent[] contents, int batchSize)
    {
        Require(TextTask.SequenceClassification, "ReplaceHead(labels)");
        List<float[]> scores = Rows([.. contents.Select(content => Tokenizer.Encode(content.Text, content.Pair, Options()))], batchSize, Probabilities);
        IReadOnlyList<string> names = LabelNames;
        return [.. contents.Select((content, i) => new Prediction(content.Text, scores[i], names))];

        Tensor Probabilities(TokenInput inputs)
        {
            Tensor logits = Module.call(inputs);
            if (Problem == TextProblem.SingleLabel)
            {
                return Softmax(logits);
            }

            using (logits)
            {
                return Problem == TextProblem.MultipleLabels ? logits.sigmoid() : throw new InvalidOperationException("This model tells a number; call PredictNumber.");
            }
        }
    }

    private AnswerPrediction FindAnswer(string question, string context, int batchSize)
    {
        Require(TextTask.QuestionAnswering, "ForQuestionAnswering()");
        EncodedText[] windows = [.. new AnswerEncoding(Tokenizer, MaximumLength, RefusesLonger).Windows(question, context)];
        List<float[]> logits = Rows(windows, batchSize, inputs => Module.call(inputs));
        AnswerPrediction best = new("", 0, double.NegativeInfinity, double.PositiveInfinity);
        for (int i = 0; i < windows.Length; i++)
        {
            EncodedText encoded = windows[i];
            float[] own = logits[i]; // start and end of each token in turn
            double none = own[0] + own[1];
            int[] open = [.. Enumerable.Range(0, encoded.Length).Where(token => encoded.SequenceIndices[token] == 1)];
            best = best with { NoAnswerScore = Math.Min(best.NoAnswerScore, none) };
            for (int a = 0; a < open.Length; a++)
            {
                for (int b = a; b < Math.Min(open.Length, a + LongestAnswer); b++)
                {
                    double score = own[2 * open[a]] + own[(2 * open[b]) + 1];
                    if (score > best.Score)
                    {
                        int start = encoded.Offsets[open[a]].Start;
                        int end = encoded.Offsets[open[b]].Start + encoded.Offsets[open[b]].Length;
                        best = best with { Text = context[start..Math.Max(start, end)], Start = start, Score = score };
                    }
                }
            }
        }

        return best;
    }

    /// <summary>
    /// Runs texts through a function in batches of similar lengths, without a gradient, and gives each text's own numbers, those of padding
    /// left out, in the order of the texts.
    /// </summary>
    private List<float[]> Rows(EncodedText[] texts, int batchSize, Func<TokenInput, Tensor> function)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        float[][] rows = new float[texts.Length][];
        TextExample[] examples = [.. texts.Select(text => new TextExample(text) { Labels = [0] })];
        foreach (int[] places in Enumerable.Range(0, texts.Length).OrderBy(i => texts[i].Length).ThenBy(i => i).Chunk(batchSize))
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable guard = inference_mode();
            using TextBatch batch = new([.. places.Select(place => examples[place])], places, Tokenizer.PadId ?? 0);
            using TokenInput inputs = batch.Inputs.To(Device);
            Tensor output = function(inputs).to(ScalarType.Float32).cpu().contiguous();
            float[] numbers = [.. output.data<float>()];
            int each = numbers.Length / places.Length;
            for (int i = 0; i < places.Length; i++)
            {
                int used = output.dim() == 3 ? each / inputs.Length * texts[places[i]].Length : each;
                rows[places[i]] = numbers[(i * each)..((i * each) + used)];
            }
        }

        return [.. rows];
    }

    private TextEncodingOptions Options() => new() { MaximumLength = MaximumLength, Truncation = RefusesLonger ? TextTruncation.Refuse : TextTruncation.LongestFirst };

    private void Require(TextTask task, string remedy)
    {
        ThrowIfDisposed();
        if (Task != task)
        {
            throw new InvalidOperationException($"This {Architecture} is for {Task}; it needs {task}: call {remedy} and train it, or load a checkpoint that has such a head.");
        }
    }
}
