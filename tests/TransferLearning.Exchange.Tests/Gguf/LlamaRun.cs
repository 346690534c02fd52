using System.Runtime.InteropServices;
using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace TransferLearning.Exchange.Tests;

/// <summary>A file that llama.cpp has loaded.</summary>
internal sealed class LlamaRun : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly ModelParams _options;

    static LlamaRun() => NativeLogConfig.llama_log_set((level, text) =>
    {
        if (level == LLamaLogLevel.Error)
        {
            Console.Error.Write(text);
        }
    });

    public LlamaRun(string path)
    {
        // Float32 wherever there is a choice, so that what differs comes from the file.
        _options = new ModelParams(path)
        {
            GpuLayerCount = 0,
            Threads = 1,
            BatchThreads = 1,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
        };
        _weights = LLamaWeights.LoadFromFile(_options);
        _options.ContextSize = (uint)_weights.ContextSize;
    }

    public IReadOnlyDictionary<string, string> Metadata => _weights.Metadata;

    /// <summary>llama.cpp's tokens of a text.</summary>
    public int[] Tokens(string text, bool isWhole = true)
        => [.. _weights.NativeHandle.Tokenize(text, isWhole, special: true, Encoding.UTF8).Select(token => (int)token)];

    /// <summary>The logits of each token, one row after the other.</summary>
    public float[] Logits(IReadOnlyList<int> tokens)
    {
        using LLamaContext context = _weights.CreateContext(_options);
        LLamaBatch batch = new();
        for (int i = 0; i < tokens.Count; i++)
        {
            batch.Add(tokens[i], i, LLamaSeqId.Zero, logits: true);
        }

        Assert.Equal(DecodeResult.Ok, context.NativeHandle.Decode(batch));
        return [.. Enumerable.Range(0, tokens.Count).SelectMany(i => context.NativeHandle.GetLogitsIth(i).ToArray())];
    }

    /// <summary>The vector of a text, pooled as the file says: of the network's width, or of as many as classes.</summary>
    public unsafe float[] Vector(IReadOnlyList<int> tokens, int width)
    {
        _options.Embeddings = true;
        using LLamaContext context = _weights.CreateContext(_options);
        LLamaBatch batch = new();
        for (int i = 0; i < tokens.Count; i++)
        {
            batch.Add(tokens[i], i, LLamaSeqId.Zero, logits: true);
        }

        Assert.Equal(DecodeResult.Ok, context.NativeHandle.Decode(batch));
        Span<float> found = context.NativeHandle.GetEmbeddingsSeq(LLamaSeqId.Zero);
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(found), width).ToArray();
    }

    public void Dispose() => _weights.Dispose();
}
