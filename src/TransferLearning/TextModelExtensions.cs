namespace TransferLearning;

/// <summary>What a model for texts does by its task: writing, translating, tagging words, finding answers, filling gaps.</summary>
public static class TextModelExtensions
{
    /// <summary>Continues a prompt, or, with an encoder-decoder, writes what is made of a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">The text; may be empty for a decoder.</param>
    /// <param name="options">How to write; null means what the configuration asks for.</param>
    /// <param name="cancellationToken">Ends the work before the next token with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>What was written, without the prompt.</returns>
    /// <exception cref="NotSupportedException">The model was not loaded for writing.</exception>
    /// <exception cref="ArgumentException">An option is wrong, or the prompt leaves no position for an answer.</exception>
    public static string Generate(
        this TextModel model, string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => model.Generate([prompt], options, cancellationToken)[0].Text;

    /// <summary>The same for several texts, which go through the network in batches.</summary>
    /// <returns>What was written for each, in order.</returns>
    /// <inheritdoc cref="Generate(TextModel, string, GenerationOptions?, CancellationToken)"/>
    public static IReadOnlyList<GeneratedText> Generate(
        this TextModel model, IReadOnlyList<string> prompts, GenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        using ModelUse.Prediction use = model.Uses.Predict();
        return Generator(model, options).Run(prompts, use.Narrow(), cancellationToken);
    }

    /// <inheritdoc cref="Generate(TextModel, string, GenerationOptions?, CancellationToken)"/>
    public static Task<string> GenerateAsync(
        this TextModel model, string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => Task.Run(() => model.Generate(prompt, options, cancellationToken), cancellationToken);

    /// <summary>Writes as <see cref="Generate(TextModel, string, GenerationOptions?, CancellationToken)"/> does and hands each part out as
    /// soon as it is certain.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">The text; may be empty for a decoder.</param>
    /// <param name="options">How to write, without beam search; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work before the next token with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The parts; together they are the whole text. Leaving the loop early ends the work and frees its memory.</returns>
    /// <inheritdoc cref="Generate(TextModel, string, GenerationOptions?, CancellationToken)" path="/exception|/remarks"/>
    public static IAsyncEnumerable<string> StreamAsync(
        this TextModel model, string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        using ModelUse.Prediction use = model.Uses.Predict();
        TextGenerator generator = Generator(model, options ?? new GenerationOptions());
        return SteppedWork.Run(begun => generator.Stream(prompt, begun.Narrow()), model.Uses.Predict, cancellationToken)
            .Where(part => part.Length > 0);
    }

    /// <summary>Translates texts. <see cref="TextModel.SourcePrefix"/> says what a network of several tasks is to do; without one, the
    /// prefix of the configuration's only task whose name begins with <c>translation</c>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How to write; null means what the configuration asks for, and four beams where it asks for nothing.</param>
    /// <param name="cancellationToken">Ends the work before the next token with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>One translation for each text, in order.</returns>
    /// <exception cref="NotSupportedException">The model is no encoder-decoder.</exception>
    /// <exception cref="InvalidOperationException">The configuration names several translations; the message lists them.</exception>
    public static IReadOnlyList<string> Translate(
        this TextModel model, IReadOnlyList<string> texts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => WriteFor(model, "translation", texts, options, cancellationToken);

    /// <summary>The same as <see cref="Translate"/> for summaries: the configuration's task <c>summarization</c>.</summary>
    /// <inheritdoc cref="Translate"/>
    public static IReadOnlyList<string> Summarize(
        this TextModel model, IReadOnlyList<string> texts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => WriteFor(model, "summarization", texts, options, cancellationToken);

    /// <summary>Predicts the tag of each word of a sentence.</summary>
    /// <param name="model">The model.</param>
    /// <param name="words">The words.</param>
    /// <returns>One tag for each word; words beyond <see cref="TextModel.MaximumLength"/> have the tag <c>O</c>, or the first one, and the
    /// probability 0.</returns>
    /// <exception cref="InvalidOperationException">The model is not for tags.</exception>
    public static IReadOnlyList<WordTag> TagWords(this TextModel model, IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(words);
        TokenClassification task = model.LearningTask as TokenClassification ?? throw Unfit(model, "For(new TokenClassification(tags))");
        if (words.Count == 0)
        {
            return [];
        }

        EncodedText encoded = model.Tokenizer.EncodeWords(words, model.Preprocessor.Options());
        return task.Tags(words, encoded, model.OfTexts([encoded], 1, (pass, input) => pass.Run(input).Outputs.softmax(-1))[0]);
    }

    /// <summary>Finds the answer to a question in a text of any length.</summary>
    /// <param name="model">The model.</param>
    /// <param name="question">The question.</param>
    /// <param name="context">The text.</param>
    /// <exception cref="InvalidOperationException">The model does not find answers.</exception>
    public static AnswerPrediction PredictAnswer(this TextModel model, string question, string context)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(context);
        _ = model.LearningTask as QuestionAnswering ?? throw Unfit(model, "For(new QuestionAnswering())");
        EncodedText[] windows = [.. QuestionAnswering.Windows(model.Preprocessor, question, context)];
        return QuestionAnswering.BestAnswer(context, windows.Zip(model.OfTexts(windows, 8, (pass, input) => pass.Run(input).Outputs)));
    }

    /// <summary>
    /// Predicts the hidden words of a text, where the tokenizer's mask (<c>[MASK]</c>, <c>&lt;mask&gt;</c>) stands in it.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The text with the mask in it.</param>
    /// <param name="count">How many guesses to give for each.</param>
    /// <returns>For each mask the likeliest tokens, the likeliest first.</returns>
    /// <exception cref="InvalidOperationException">The model is no masked language model.</exception>
    public static IReadOnlyList<IReadOnlyList<ClassScore>> PredictMasked(this TextModel model, string text, int count = 5)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _ = model.LearningTask as MaskedLanguageModeling ?? throw Unfit(model, "For(new MaskedLanguageModeling())");
        EncodedText encoded = model.Encode(text);
        long[] places = [.. Enumerable.Range(0, encoded.Length).Where(i => encoded.Ids[i] == model.Tokenizer.MaskId)];
        if (places.Length == 0)
        {
            return [];
        }

        float[] scores = model.OfTexts(
            [encoded],
            1,
            (pass, input) => pass.Head(pass.Features(input).index_select(1, tensor(places, int64, model.Device.ToTorch()))).softmax(-1))[0];
        return MaskedLanguageModeling.Guesses(scores, places.Length, count, model.Tokenizer);
    }

    private static TextGenerator Generator(TextModel model, GenerationOptions? options)
    {
        model.Module.eval();
        return new TextGenerator(
            model.Module, model.Tokenizer, options ?? GenerationOptions.FromConfig(model.Module.Config), model.Device.ToTorch());
    }

    private static IReadOnlyList<string> WriteFor(
        TextModel model, string task, IReadOnlyList<string> texts, GenerationOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        if (model.LearningTask is not SequenceToSequence)
        {
            throw new NotSupportedException(
                $"{model.Architecture} was loaded for {model.LearningTask.Name}; an encoder-decoder loaded for sequence to sequence "
                    + "translates and summarises.");
        }

        TaskPrompt prompt = TaskPrompt.Of(model.Module.Config, task, model.SourcePrefix, options);
        string[] prompts = [.. texts.Select(text => prompt.Prefix + text)];
        return [.. model.Generate(prompts, prompt.Options, cancellationToken).Select(text => text.Text)];
    }

    private static InvalidOperationException Unfit(TextModel model, string remedy)
        => new(
            $"This {model.Architecture} is for {model.LearningTask.Name}: call {remedy} and train it, or load a checkpoint that has such "
                + "a head.");
}
