using System.Runtime.CompilerServices;

namespace TransferLearning;

public sealed partial class TextModel
{
    /// <summary>Writes on from a prompt, or, with an encoder-decoder, what is made of a text.</summary>
    /// <param name="prompt">The text; may be empty for a decoder.</param>
    /// <param name="options">How to write; null means what the configuration asks for.</param>
    /// <param name="cancellationToken">Ends the work before the next token with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>What was written, without the prompt.</returns>
    /// <exception cref="NotSupportedException">The model was not loaded for writing.</exception>
    /// <exception cref="ArgumentException">An option is wrong, or the prompt leaves no position for an answer.</exception>
    public string Generate(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => Generate([prompt], options, cancellationToken)[0].Text;

    /// <summary>The same for several texts, which go through the network in batches.</summary>
    /// <returns>What was written for each, in order.</returns>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, CancellationToken)"/>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        return Generator(options).Run(prompts, cancellationToken);
    }

    /// <summary>The same as <see cref="Generate(string, GenerationOptions?, CancellationToken)"/>, off the calling thread.</summary>
    public Task<string> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => System.Threading.Tasks.Task.Run(() => Generate(prompt, options, cancellationToken), cancellationToken);

    /// <summary>Writes as <see cref="Generate(string, GenerationOptions?, CancellationToken)"/> does and hands each part out as soon as it is certain.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="options">How to write, without beam search; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work before the next token with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The parts; together they are the whole text. Leaving the loop early ends the work and frees its memory.</returns>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, CancellationToken)"/>
    public IAsyncEnumerable<string> StreamAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => Parts(Generator(options ?? new GenerationOptions()).Stream(prompt), cancellationToken);

    private static async IAsyncEnumerable<string> Parts(IEnumerable<string> parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // One token at a time, off the caller's thread: a slow reader holds the work up, and none goes on after the last was asked for.
        using IEnumerator<string> enumerator = parts.GetEnumerator();
        while (await System.Threading.Tasks.Task.Run(enumerator.MoveNext, cancellationToken).ConfigureAwait(false))
        {
            if (enumerator.Current.Length > 0)
            {
                yield return enumerator.Current;
            }
        }
    }

    private TextGenerator Generator(GenerationOptions? options)
    {
        ThrowIfDisposed();
        Module.eval();
        return new TextGenerator(Module, Tokenizer, options ?? GenerationOptions.FromConfig(Module.Config), Device.ToTorch());
    }
}
