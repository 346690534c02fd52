namespace TransferLearning;

/// <summary>The verbs of a model that writes texts.</summary>
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
        using IDisposable use = model.Use();
        return Generator(model, options).Run(prompts, cancellationToken);
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
        using IDisposable use = model.Use();
        return Generator(model, options ?? new GenerationOptions()).StreamAsync(prompt, model.Use, cancellationToken);
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
}
