using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>A prompt of the vectors of some tokens, and a prefix of their keys and values, are those tokens.</summary>
public sealed class TokenPromptTests
{
    private static readonly long[] Before = [7, 9, 12];

    private static readonly long[][] Texts = [[5, 6, 8, 10, 11], [14, 15, 13, 0, 0]];

    [Theory]
    [InlineData("bert", HeadKind.Pooled)]
    [InlineData("bert", HeadKind.Tokens)]
    [InlineData("bert", HeadKind.None)]
    [InlineData("roberta", HeadKind.Pooled)]
    [InlineData("distilbert", HeadKind.Pooled)]
    [InlineData("gpt2", HeadKind.Pooled)]
    [InlineData("gpt2", HeadKind.Vocabulary)]
    public void A_prompt_of_tokens_gives_what_the_tokens_give(string type, HeadKind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using TextNetwork network = Network(type, kind);
        using TokenInput longer = Tokens([.. Texts.Select(text => Before.Concat(text).ToArray())]);
        using TokenInput shorter = Tokens(Texts);
        Tensor expected = network.call(longer), pooled = network.ForwardPooled(longer);
        AdapterPlan.Attach(network, new PromptTuningOptions { Length = Before.Length }, 1);
        Dictionary<string, Tensor> state = new(network.State());
        state["prompt_embeddings.weight"].copy_(state[network.WordEmbeddingName].index_select(0, tensor(Before)));
        Tensor actual = network.call(shorter);
        bool isPooled = kind == HeadKind.Pooled;
        Close(isPooled ? expected : expected.narrow(1, Before.Length, Texts[0].Length), actual, isPooled ? null : shorter.Mask);
        Close(pooled, network.ForwardPooled(shorter), null);
        Assert.Equal(Texts[0].Length, network.ForwardHidden(shorter).size(1));
    }

    [Fact]
    public void A_prefix_of_the_keys_and_values_of_tokens_gives_what_the_tokens_give_in_a_causal_network()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using TextNetwork network = Network("gpt2", HeadKind.Vocabulary);
        using TokenInput longer = Tokens([[.. Before, .. Texts[0]]]), shorter = Tokens([Texts[0]]);
        Tensor expected = network.call(longer).narrow(1, Before.Length, Texts[0].Length);
        SetPrefix(network);
        Close(expected, network.call(shorter), null);
        using TokenInput padded = Tokens(Texts); // with a mask
        Close(expected, network.call(padded).narrow(0, 0, 1), null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_token_by_token_sees_prefix_or_prompt_once(bool isPrompt)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using TextNetwork network = Network("gpt2", HeadKind.Vocabulary);
        IDecodingNetwork decoder = (IDecodingNetwork)network;
        using TokenInput longer = Tokens([[.. Before, .. Texts[0]]]);
        Tensor expected = network.call(longer).squeeze(0);
        if (isPrompt)
        {
            AdapterPlan.Attach(network, new PromptTuningOptions { Length = Before.Length }, 1);
            Dictionary<string, Tensor> state = new(network.State());
            state["prompt_embeddings.weight"].copy_(state[network.WordEmbeddingName].index_select(0, tensor(Before)));
        }
        else
        {
            SetPrefix(network);
        }

        using TokenInput begin = Tokens([Texts[0][..2], [.. Texts[1][..1], 0]]); // padding, so with a mask
        using DecoderCache masked = decoder.Begin(begin);
        Close(expected[Before.Length + 1], decoder.NextLogits(begin.Ids, masked)[0], null);
        using TokenInput plain = Tokens([Texts[0][..2]]);
        using DecoderCache cache = decoder.Begin(plain);
        Close(expected[Before.Length + 1], decoder.NextLogits(plain.Ids, cache)[0], null);
        for (int i = 2; i < Texts[0].Length; i++)
        {
            Tensor next = tensor(new long[] { Texts[0][i], Texts[0][i] }, [2, 1]);
            Close(expected[Before.Length + i], decoder.NextLogits(next.narrow(0, 0, 1), cache)[0], null);
            Close(expected[Before.Length + i], decoder.NextLogits(next, masked)[0], null);
        }
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("gpt2")]
    public void Prefix_and_prompt_take_positions_from_the_texts(string type)
    {
        using TextNetwork network = Network(type, HeadKind.Pooled);
        int most = network.MaximumLength!.Value;
        Assert.Contains(
            $"{most} positions",
            Assert.Throws<ArgumentException>(
                () => AdapterPlan.Attach(network, new PromptTuningOptions { Length = most }, 1)).Message,
            StringComparison.Ordinal);
        AdapterPlan.Attach(network, new PrefixTuningOptions { Length = 3 }, 1);
        Assert.Equal(most - 3, network.MaximumLength);
        using TokenInput fits = Tokens([[.. Enumerable.Repeat(5L, most - 3)]]), exceeds = Tokens([[.. Enumerable.Repeat(5L, most - 2)]]);
        network.call(fits).Dispose();
        Assert.Throws<ArgumentException>(() => network.call(exceeds));
    }

    [Fact]
    public void Networks_with_encoder_and_decoder_have_no_prefix_and_take_no_prompt()
    {
        using TextNetwork network = TinyDecoders.Build(TinyDecoders.T5Config(), new HeadSpec(HeadKind.None));
        AdapterOptions[] all = [new PrefixTuningOptions(), new PromptTuningOptions(), new SideTuningOptions()];
        foreach (AdapterOptions options in all)
        {
            Assert.Contains(
                network.GetName(),
                Assert.Throws<ArgumentException>(() => AdapterPlan.Attach(network, options, 1)).Message,
                StringComparison.Ordinal);
        }

        Assert.DoesNotContain(network.State(), entry => AdapterPlan.IsAdapterWeight(entry.Key));
        Assert.Null(network.Adapters.Used);
    }

    private static void SetPrefix(TextNetwork network)
    {
        using DecoderCache cache = new(2);
        ((IDecodingNetwork)network).NextLogits(tensor(Before, [1, Before.Length]), cache).Dispose();
        AdapterPlan.Attach(network, new PrefixTuningOptions { Length = Before.Length }, 1);
        IReadOnlyList<ITransformerBlock> blocks = AdapterPlan.Blocks(network);
        for (int i = 0; i < blocks.Count; i++)
        {
            (Tensor keys, Tensor values) = blocks[i].Branches.Active!.Prefix!.Value;
            (Tensor cachedKeys, Tensor cachedValues) = cache.Own(i).View();
            keys.copy_(cachedKeys[0]);
            values.copy_(cachedValues[0]);
        }
    }

    private static TextNetwork Network(string type, HeadKind kind)
    {
        ModelConfig config = type == "gpt2" ? TinyDecoders.Gpt2Config() : TinyText.Config(type);
        return TinyDecoders.Build(type == "roberta" ? config.With("pad_token_id", 0) : config, new HeadSpec(kind, 3));
    }

    private static TokenInput Tokens(long[][] rows)
        => new(
            tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]),
            tensor(rows.SelectMany(row => row.Select(id => id == 0 ? 0L : 1)).ToArray(), [rows.Length, rows[0].Length]));

    // Where a mask says that there is a token.
    private static void Close(Tensor expected, Tensor actual, Tensor? mask)
    {
        Tensor difference = expected.sub(actual).abs();
        difference = mask is null ? difference : difference.mul(mask.unsqueeze(-1));
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(difference.max().ToDouble(), 0, 2e-5 * expected.abs().max().ToDouble());
    }
}
