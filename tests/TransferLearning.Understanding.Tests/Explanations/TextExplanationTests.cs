using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TextExplanationTests : IDisposable
{
    private const string Question = "What is the <oldest> unbelievably big city?";

    private readonly TextModel _model = ExplainedModels.Text();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Integrated_gradients_of_tokens_sum_up_to_the_words_and_to_the_difference_of_the_scores()
    {
        TextAttribution attribution = _model.Explain(Question, new IntegratedGradients { Steps = 100 }, target: "two");
        Assert.True(attribution.IsSigned);
        Assert.Equal(
            ["What", "is", "the", "<", "oldest", ">", "unbelievably", "big", "city", "?"], attribution.Words.Select(word => word.Text));
        Assert.True(attribution.Tokens.Count > attribution.Words.Count + 2); // a word of several tokens, and the special ones
        Assert.Equal("[CLS]", attribution.Tokens[0].Text);
        Assert.Equal(0, attribution.Tokens[0].Value); // the baseline keeps special tokens
        Assert.Equal(attribution.Tokens.Sum(token => token.Value), attribution.Words.Sum(word => word.Value), 1e-9);
        Assert.True(
            Math.Abs(attribution.CompletenessGap!.Value) < 0.01 * Math.Abs(attribution.ScoreDifference!.Value),
            $"{attribution.CompletenessGap} of {attribution.ScoreDifference}");
        Assert.All(attribution.Words, word => Assert.Equal(word.Text, Question.Substring(word.Start, word.Length)));
    }

    [Fact]
    public void Occlusion_puts_the_mask_in_the_place_of_a_word()
    {
        TextAttribution attribution = _model.Explain("Where is Timbuktu now", new Occlusion { BatchSize = 3 }, target: 0);
        double whole = _model.PredictOutputs(["Where is Timbuktu now"])[0]![0];
        double masked = _model.PredictOutputs(["Where [MASK] Timbuktu now"])[0]![0];
        Assert.Equal(whole - masked, attribution.Words[1].Value, 1e-4);
        Assert.Equal(whole, attribution.Score, 1e-4);
        TokenAttribution[] pieces = [.. attribution.Tokens.Where(token => attribution.Words[2].Start <= token.Start
            && token.Start < attribution.Words[2].Start + attribution.Words[2].Length && token.Length > 0)];
        Assert.Equal(attribution.Words[2].Value, pieces.Sum(piece => piece.Value), 1e-6);
        TextAttribution single = _model.Explain("Where is Timbuktu now", new Occlusion { WholeWords = false }, target: 0);
        Assert.Equal(attribution.Words[1].Value, single.Words[1].Value, 1e-4);
    }

    [Fact]
    public void Other_methods_work_on_embeddings_too()
    {
        AttributionMethod[] methods = [new Saliency(), new GradientTimesInput(), new SmoothGrad { Samples = 3 }, new AttentionRollout()];
        foreach (AttributionMethod method in methods)
        {
            TextAttribution attribution = _model.Explain(Question, method);
            Assert.Equal(10, attribution.Words.Count);
            Assert.All(attribution.Words, word => Assert.True(double.IsFinite(word.Value) && word.Value != 0));
        }

        Assert.Equal(1, _model.Explain(Question, new AttentionRollout()).Values.Sum(), 1e-5);
    }

    [Fact]
    public void Grad_cam_of_a_text_is_refused_with_the_remedy()
    {
        string message = Assert.Throws<InvalidOperationException>(() => _model.Explain(Question, new GradCam())).Message;
        Assert.Contains("spatial grid", message, StringComparison.Ordinal);
        Assert.Contains(nameof(IntegratedGradients), message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _model.Explain(Question, new IntegratedGradients { Baseline = Baseline.ChannelMean }));
    }

    [Theory]
    [InlineData("distilbert", """ "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64 """)]
    [InlineData("roberta", """ "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64 """)]
    [InlineData("gpt2", """ "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64 """)]
    public void Every_kind_of_network_with_classes_is_explained(string type, string sizes)
    {
        using TextModel model = Create(type, sizes);
        TextAttribution attribution = model.Explain("Where is it now", new IntegratedGradients { Steps = 64 }, target: 0);
        Assert.Equal(["Where", "is", "it", "now"], attribution.Words.Select(word => word.Text));
        Assert.NotEqual(0, attribution.ScoreDifference!.Value);
        Assert.True(Math.Abs(attribution.CompletenessGap!.Value) < 0.02 * Math.Abs(attribution.ScoreDifference.Value));
        Assert.Equal(4, model.Explain("Where is it now", new Occlusion()).Words.Count);
    }

    [Fact]
    public void A_task_without_a_score_of_the_whole_text_is_refused()
        => Assert.Contains(
            "no score",
            Assert.Throws<InvalidOperationException>(
                () => _model.For(new TokenClassification(["O", "B"])).Explain(Question)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Explaining_leaves_no_tensor_behind()
    {
        AttributionMethod[] methods = [new IntegratedGradients { Steps = 4 }, new Occlusion(), new AttentionRollout()];
        foreach (AttributionMethod method in methods)
        {
            _model.Explain(Question, method);
            long tensors = LibTorch.LiveTensorCount;
            _model.Explain(Question, method);
            Assert.Equal(tensors, LibTorch.LiveTensorCount);
        }
    }

    [Fact]
    public void Html_is_escaped_and_reads_without_colours()
    {
        string html = _model.Explain(Question).ToHtml();
        Assert.Contains("&lt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<oldest>", html, StringComparison.Ordinal);
        Assert.Equal(10, html.Split("<span title=").Length - 1);
        Assert.Contains("border-bottom:5px", html, StringComparison.Ordinal); // the strongest word
        string text = System.Text.RegularExpressions.Regex.Replace(html[html.IndexOf("<p", StringComparison.Ordinal)..], "<[^>]*>", "");
        Assert.Equal(Question, System.Net.WebUtility.HtmlDecode(text));
    }

    [Fact]
    public void A_pair_is_shown_as_two_texts()
    {
        Sample pair = new("pair", 0, new TextContent("Who is it", "It is he"));
        TextAttribution attribution = _model.Explain(pair);
        Assert.Equal([false, false, false, true, true, true], attribution.Words.Select(word => word.IsInPair));
        Assert.Equal(["Who", "is", "it", "It", "is", "he"], attribution.Words.Select(word => word.Text));
        Assert.Equal(2, attribution.ToHtml().Split("<p ").Length - 1);
    }

    [Fact]
    public void The_console_shows_a_line_for_each_word()
    {
        string[] lines = _model.Explain("Where is it", target: "one").ToString().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("integrated gradients of one (", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Where  ", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains(new string('#', 20), StringComparison.Ordinal)
            || line.Contains(new string('-', 20), StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_is_written_whole()
    {
        using TemporaryFolder folder = new();
        TextAttribution attribution = _model.Explain(Question, new Occlusion());
        attribution.SaveHtml(folder.File("why.html"));
        Assert.Contains(attribution.ToHtml(), File.ReadAllText(folder.File("why.html")), StringComparison.Ordinal);
    }

    private static TextModel Create(string type, string sizes) => TextModel.Create(
        ModelConfig.FromJson($$"""{"model_type": "{{type}}", "vocab_size": 8192, "pad_token_id": 0, "initializer_range": 0.2,{{sizes}}}"""),
        ExplainedModels.Beside("bert-definitions"),
        seed: 1);
}
